global using Dyadic.Numerics;
