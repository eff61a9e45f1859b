using Dyadic.Numerics.Emulation;

namespace Dyadic.Runtime.Steps.Emulated;

/// <summary>
/// A computation of rows × columns units that do not depend on each other. Its text is the scalar definition with a lane of one number, and the vector
/// form with a lane of several neighbouring columns.
/// </summary>
internal interface IEmulatedLoop
{
    /// <summary>The number of rows of units.</summary>
    int Rows { get; }

    /// <summary>The units of a row; neighbours may share a lane.</summary>
    int Columns { get; }

    /// <summary>About how many elementary operations a unit takes.</summary>
    long Work { get; }

    /// <summary>Computes the units (row, column), (row, column + 1), …, as many as a lane holds.</summary>
    void Run<TLane, TArith>(ref TArith arith, int row, int column) where TLane : unmanaged, ILane<TLane> where TArith : struct, IArithmetic<TLane>;
}
