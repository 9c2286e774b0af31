using System.Text;

namespace Switchboard.Server.Services.Files;

/// <summary>Names for a second file of one name: <c>report (1).pdf</c>.</summary>
internal static class KeepBothNames
{
    /// <summary>Nobody keeps a thousand of one name; beyond it something is wrong.</summary>
    public const int Limit = 1000;

    public static RemotePath Numbered(RemotePath path, int number)
    {
        var name = path.Name;
        // A leading dot is no extension: ".profile" becomes ".profile (1)".
        var dot = name.LastIndexOf('.');
        var (stem, extension) = dot > 0 ? (name[..dot], name[dot..]) : (name, "");
        var tail = $" ({number}){extension}";
        if (Encoding.UTF8.GetByteCount(tail) > RemotePath.NameLimit / 2)
        {
            (stem, tail) = (name, $" ({number})");
        }

        var numbered = Fit(stem, RemotePath.NameLimit - Encoding.UTF8.GetByteCount(tail)) + tail;
        return RemotePath.Parse(path.Parent.Length == 0 ? numbered : $"{path.Parent}/{numbered}");
    }

    /// <summary>The beginning of a name, as many whole characters as fit.</summary>
    public static string Fit(string text, int bytes)
    {
        while (Encoding.UTF8.GetByteCount(text) > bytes)
        {
            text = text[..^(char.IsLowSurrogate(text[^1]) ? 2 : 1)];
        }

        return text;
    }
}
