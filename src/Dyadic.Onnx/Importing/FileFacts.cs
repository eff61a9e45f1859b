using System.Runtime.InteropServices;
using System.Text;

namespace Dyadic.Onnx.Importing;

/// <summary>What .NET does not tell about a file: whether it is a regular one, and by how many names.</summary>
/// <param name="IsRegular">True for a regular file, false for a folder, link, pipe or device.</param>
/// <param name="Names">The number of names (hard links) that it has.</param>
internal sealed record FileFacts(bool IsRegular, uint Names)
{
    private const int CurrentFolder = -100, NotFollowed = 0x100, BufferBytes = 256, NamesAt = 16, ModeAt = 28, KindMask = 0xF000, Regular = 0x8000;
    private const uint BasicFacts = 0x7FF;

    /// <summary>The facts of the path itself, links not followed; null where there is no such file, or on another system than Linux.</summary>
    public static FileFacts? Of(string path)
    {
        if (!OperatingSystem.IsLinux()) return null;
        byte[] facts = new byte[BufferBytes];
        try
        {
            if (Statx(CurrentFolder, Encoding.UTF8.GetBytes(path + '\0'), NotFollowed, BasicFacts, facts) != 0) return null;
        }
        catch (EntryPointNotFoundException)
        {
            return null;        // a C library from before 2018
        }
        int mode = BitConverter.ToUInt16(facts, ModeAt);
        return new((mode & KindMask) == Regular, BitConverter.ToUInt32(facts, NamesAt));
    }

    [DllImport("libc", EntryPoint = "statx"), DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    private static extern int Statx(int folder, byte[] path, int flags, uint mask, [Out] byte[] facts);
}
