using System.Text;
using Switchboard.Server.Doors.Ftp.Control;

namespace Switchboard.Tests.Ftp;

public sealed class CommandDecoderTests
{
    private const string Iac = "\u00ff";

    public static TheoryData<string, string> Telnet => new()
    {
        { "ABOR\r\n", "ABOR" },
        { $"{Iac}\u00f4{Iac}\u00f2ABOR\r\n", "ABOR" },
        { $"{Iac}\u00fb\u0001NOOP\r\n", "NOOP" },
        { $"{Iac}\u00fa\u0018\u0001\r\nQUIT{Iac}\u00f0NOOP\r\n", "NOOP" },
        { $"RETR a{Iac}{Iac}b\r\n", "RETR a\u00ffb" },
        { $"NO{Iac}\u00f4OP\r\n", "NOOP" },
        { "RETR a\r\0b\r\n", "RETR a\rb" },
    };

    [Theory]
    [MemberData(nameof(Telnet))]
    public void Telnet_is_taken_out(string sent, string line) => Assert.Equal([(line, LineFault.None)], Decode(sent, int.MaxValue));

    [Theory]
    [InlineData("RETR a\nDELE b\r\nNOOP\r\n")]
    [InlineData("RETR a\0b\r\nNOOP\r\n")]
    [InlineData("\nRETR a\r\nNOOP\r\n")]
    public void A_lone_line_feed_or_a_NUL_spoils_its_line_and_no_other(string sent)
    {
        var lines = Decode(sent, int.MaxValue);
        Assert.Equal(2, lines.Count);
        Assert.Equal(LineFault.ControlCharacter, lines[0].Fault);
        Assert.Equal(("NOOP", LineFault.None), lines[1]);
    }

    [Fact]
    public void Pieces_make_no_difference()
    {
        var sent = $"USER ann\r\n{Iac}\u00f4{Iac}\u00f2ABOR\r\nCWD a\nb\r\nRETR \u00e6\u0096\u0087\r\n\r\n";
        var whole = Decode(sent, int.MaxValue);
        Assert.Equal(5, whole.Count);
        for (var size = 1; size < sent.Length; size++)
        {
            Assert.Equal(whole, Decode(sent, size));
        }
    }

    [Fact]
    public void A_line_of_the_limit_is_whole_and_one_byte_more_is_too_long()
    {
        var most = new string('x', CommandDecoder.LineLimit);
        var lines = Decode($"{most}\r\n{most}y\r\nNOOP\r\n", 4096);
        Assert.Equal((most, LineFault.None), lines[0]);
        Assert.Equal(LineFault.TooLong, lines[1].Fault);
        Assert.Equal(("NOOP", LineFault.None), lines[2]);
    }

    [Fact]
    public void A_line_without_an_end_is_given_up()
    {
        var decoder = new CommandDecoder();
        var flood = new byte[1024];
        Array.Fill(flood, (byte)'x');
        var fed = 0;
        CommandLine line;
        while (!decoder.TryRead(flood, out var used, out line))
        {
            fed += used;
            Assert.True(fed <= CommandDecoder.LineLimit + CommandDecoder.SkipLimit + flood.Length, "it reads on for ever");
        }

        Assert.Equal(LineFault.Endless, line.Fault);
    }

    private static List<(string Line, LineFault Fault)> Decode(string sent, int piece)
    {
        var decoder = new CommandDecoder();
        var lines = new List<(string, LineFault)>();
        foreach (var part in Encoding.Latin1.GetBytes(sent).Chunk(piece))
        {
            for (var at = 0; at < part.Length;)
            {
                if (decoder.TryRead(part.AsSpan(at), out var used, out var line))
                {
                    lines.Add((Encoding.Latin1.GetString(line.Bytes), line.Fault));
                }

                at += used;
            }
        }

        return lines;
    }
}
