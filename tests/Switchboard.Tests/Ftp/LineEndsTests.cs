using System.Text;
using Switchboard.Server.Doors.Ftp.Data;

namespace Switchboard.Tests.Ftp;

public sealed class LineEndsTests
{
    [Theory]
    [InlineData("one\ntwo\n", "one\r\ntwo\r\n")]
    [InlineData("one\r\ntwo", "one\r\ntwo")]
    [InlineData("\n\n", "\r\n\r\n")]
    [InlineData("a\rb", "a\rb")]
    public void A_text_goes_out_with_CR_LF_in_any_pieces(string file, string line)
    {
        for (var piece = 1; piece <= file.Length; piece++)
        {
            var ends = new LineEnds();
            Assert.Equal(line, Convert(file, piece, ends.ToLine, _ => 0));
        }
    }

    [Theory]
    [InlineData("one\r\ntwo\r\n", "one\ntwo\n")]
    [InlineData("one\ntwo", "one\ntwo")]
    [InlineData("a\rb\r", "a\rb\r")]
    [InlineData("\r\r\n\r", "\r\n\r")]
    public void A_text_comes_in_with_LF_in_any_pieces(string line, string file)
    {
        for (var piece = 1; piece <= line.Length; piece++)
        {
            var ends = new LineEnds();
            Assert.Equal(file, Convert(line, piece, ends.ToFile, ends.Finish));
        }
    }

    private delegate int Conversion(ReadOnlySpan<byte> source, Span<byte> target);

    private delegate int Ending(Span<byte> target);

    private static string Convert(string text, int piece, Conversion convert, Ending finish)
    {
        var result = new StringBuilder();
        var target = new byte[64];
        foreach (var part in Encoding.Latin1.GetBytes(text).Chunk(piece))
        {
            result.Append(Encoding.Latin1.GetString(target, 0, convert(part, target)));
        }

        return result.Append(Encoding.Latin1.GetString(target, 0, finish(target))).ToString();
    }
}
