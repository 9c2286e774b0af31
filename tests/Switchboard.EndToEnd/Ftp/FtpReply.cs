using System.Globalization;
using System.Text;

namespace Switchboard.EndToEnd.Ftp;

/// <summary>One whole reply of RFC 959 4.2, with every line of a multi-line one.</summary>
/// <param name="Lines">Bytes of each line without its CR LF, as the server sent them.</param>
public sealed record FtpReply(int Code, IReadOnlyList<byte[]> Lines)
{
    /// <summary>All lines as UTF-8, with the code.</summary>
    public string Text => string.Join('\n', Lines.Select(Encoding.UTF8.GetString));

    /// <summary>The digits after the last “bytes=” or “: ” of a 226, and the digest; null where the server told none.</summary>
    public string? Sha256 => Array.Find(Text.Split(' ', ',', '=', '.'), word => word.Length == 64 && word.All(char.IsAsciiHexDigitLower));

    /// <summary>The number after the code: the answer of SIZE.</summary>
    public long Number => long.Parse(Text.AsSpan(4), CultureInfo.InvariantCulture);

    /// <summary>Fails the test with what the server said, unless the code is one of <paramref name="codes"/>.</summary>
    public FtpReply Expect(params int[] codes)
    {
        Assert.True(codes.Contains(Code), $"expected {string.Join(" or ", codes)}, got {Text}");
        return this;
    }
}
