using System.Buffers;
using System.Text;
using Switchboard.Protocol;

namespace Switchboard.Client.Local;

/// <summary>Judges names that come from a server before anything here is made with them.</summary>
internal static class SafeNames
{
    private const int LongestName = 255;
    private const int LongestPath = 4096;
    private static readonly SearchValues<char> ForbiddenOnWindows = SearchValues.Create("\\:*?\"<>|");
    private static readonly HashSet<string> Devices = new(StringComparer.OrdinalIgnoreCase) { "CON", "PRN", "AUX", "NUL", "CLOCK$", "CONIN$", "CONOUT$" };

    /// <summary>The parts of a relative path with slashes, each of them a plain name.</summary>
    /// <exception cref="RefusedException"><see cref="RefusalCode.OutsideHome"/> for what would lead out, <see cref="RefusalCode.BadName"/> for what this system cannot hold.</exception>
    public static string[] Split(string path)
    {
        if (path.Length is 0 or > LongestPath)
        {
            throw LocalErrors.Refuse(RefusalCode.BadName, path, "the server sent a name of a length that cannot be");
        }

        var parts = path.Split('/');
        foreach (var part in parts)
        {
            Check(part, path);
        }

        return parts;
    }

    private static void Check(string name, string path)
    {
        if (name is "" or "." or "..")
        {
            throw LocalErrors.Refuse(RefusalCode.OutsideHome, path, "the server sent a name that leads elsewhere");
        }

        if (name.Any(char.IsControl) || Encoding.UTF8.GetByteCount(name) > LongestName || (OperatingSystem.IsWindows() && !FitsWindows(name)))
        {
            throw LocalErrors.Refuse(RefusalCode.BadName, path, "this name cannot be stored here");
        }
    }

    /// <summary>Names that Windows reads as devices, streams or other names.</summary>
    internal static bool FitsWindows(string name)
    {
        var stem = name.Split('.')[0].TrimEnd(' ');
        var numbered = stem.Length == 4 && (stem.StartsWith("COM", StringComparison.OrdinalIgnoreCase) || stem.StartsWith("LPT", StringComparison.OrdinalIgnoreCase));
        return !name.AsSpan().ContainsAny(ForbiddenOnWindows) && name[^1] is not ('.' or ' ') && !Devices.Contains(stem)
            && !(numbered && (char.IsAsciiDigit(stem[3]) || stem[3] is '¹' or '²' or '³'));
    }
}
