using System.Buffers;
using System.Text;
using Switchboard.Cli.Parsing;

namespace Switchboard.Cli.Terminal;

/// <summary>Turns bytes of one encoding into another's, piece by piece: a character that is split between two pieces comes whole.</summary>
internal sealed class Transcoder(Encoding from, Encoding to)
{
    private const int Characters = 4_096;

    // Names that people use for code pages and the provider does not know, or knows under another name.
    private static readonly Dictionary<string, string> s_aliases = new(StringComparer.OrdinalIgnoreCase)
    {
        ["cp932"] = "shift_jis", ["sjis"] = "shift_jis", ["cp936"] = "gbk", ["cp949"] = "euc-kr", ["cp950"] = "big5", ["latin1"] = "iso-8859-1",
    };

    private readonly Decoder _decoder = from.GetDecoder();
    private readonly Encoder _encoder = to.GetEncoder();
    private readonly char[] _text = new char[Characters];

    /// <exception cref="UsageException">No encoding has that name.</exception>
    public static Encoding Find(Flag flag, string name)
    {
        string known = s_aliases.TryGetValue(name, out string? other) ? other
            : name.StartsWith("cp125", StringComparison.OrdinalIgnoreCase) ? "windows-" + name[2..] : name;
        try
        {
            var found = (Encoding)(CodePagesEncodingProvider.Instance.GetEncoding(known) ?? Encoding.GetEncoding(known)).Clone();
            // Code pages would show "?", as if the program had written that.
            found.DecoderFallback = new DecoderReplacementFallback("\uFFFD");
            return found;
        }
        catch (Exception none) when (none is ArgumentException or NotSupportedException)
        {
            var names = CodePagesEncodingProvider.Instance.GetEncodings().Concat(Encoding.GetEncodings()).Select(e => e.Name).Concat(s_aliases.Keys).Append("gbk");
            throw ParseText.BadValue(flag.Dashed, name, Nearest.Of(name.ToLowerInvariant(), names) is { } near
                ? ($"Did you mean '{near}'?", $"是不是想用 '{near}'？")
                : ("Such as gbk, gb18030, big5, shift_jis, euc-kr, windows-1251, iso-8859-1.", "例如 gbk、gb18030、big5、shift_jis、euc-kr、windows-1251、iso-8859-1。"));
        }
    }

    public void Convert(ReadOnlySpan<byte> bytes, IBufferWriter<byte> into) => Convert(bytes, into, isEnd: false);

    /// <summary>Nothing follows: half a character becomes the sign for what is no text.</summary>
    public void End(IBufferWriter<byte> into) => Convert([], into, isEnd: true);

    private void Convert(ReadOnlySpan<byte> bytes, IBufferWriter<byte> into, bool isEnd)
    {
        bool done;
        do
        {
            _decoder.Convert(bytes, _text, isEnd, out int used, out int characters, out done);
            bytes = bytes[used..];
            // The encoder keeps half of a pair for the next call, as the decoder does with half of a character.
            _encoder.Convert(_text.AsSpan(0, characters), into, isEnd && done, out _, out _);
        }
        while (!done);
    }
}
