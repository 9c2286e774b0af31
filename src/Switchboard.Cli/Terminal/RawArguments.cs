using System.Text;
using System.Text.Unicode;

namespace Switchboard.Cli.Terminal;

/// <summary>The bytes of this process's own arguments. .NET gives them as text, and what is no UTF-8 is lost there.</summary>
internal static class RawArguments
{
    private const string OwnCommandLine = "/proc/self/cmdline";

    /// <summary>The bytes of the command line's last words; where the system does not tell, or tells of other words, those of the text.</summary>
    public static ReadOnlyMemory<byte>[] Of(IReadOnlyList<string> words) =>
        (OperatingSystem.IsLinux() ? Match(Read(), words) : null) ?? [.. words.Select(w => (ReadOnlyMemory<byte>)Encoding.UTF8.GetBytes(w))];

    /// <summary>The last words of a command line in which each word ends with a NUL byte; null where they are not these.</summary>
    internal static ReadOnlyMemory<byte>[]? Match(ReadOnlyMemory<byte> line, IReadOnlyList<string> words)
    {
        List<ReadOnlyMemory<byte>> all = [];
        while (line.Span.IndexOf((byte)0) is var end and >= 0)
        {
            all.Add(line[..end]);
            line = line[(end + 1)..];
        }
        ReadOnlyMemory<byte>[] last = [.. all.TakeLast(words.Count)];
        return last.Length == words.Count && last.Zip(words).All(pair => IsSame(pair.First.Span, pair.Second)) ? last : null;
    }

    // How many replacement characters stand for bytes that are no text is the runtime's affair; that there is one is enough.
    private static bool IsSame(ReadOnlySpan<byte> bytes, string text) =>
        Utf8.IsValid(bytes) ? Encoding.UTF8.GetString(bytes) == text : text.Contains('\uFFFD', StringComparison.Ordinal);

    private static byte[] Read()
    {
        try
        {
            return File.ReadAllBytes(OwnCommandLine);
        }
        catch (Exception unreadable) when (unreadable is IOException or UnauthorizedAccessException)
        {
            // No /proc in this container.
            return [];
        }
    }
}
