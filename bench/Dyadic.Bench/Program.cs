using Dyadic.Bench;

switch (args)
{
    case ["gemm", ..]: FloatKernelBench.Gemm(); return 0;
    case ["int", ..]: IntGemmBench.Run(); return 0;
    case ["conv", ..]: FloatKernelBench.Conv(); return 0;
    default:
        Console.Error.WriteLine("usage: dotnet run -c Release --project bench/Dyadic.Bench -- gemm|conv|int");
        return 2;
}
