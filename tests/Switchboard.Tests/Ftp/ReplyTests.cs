using Switchboard.Protocol;
using Switchboard.Server;
using Switchboard.Server.Doors.Ftp.Control;
using Switchboard.Server.Doors.Ftp.Data;
using Switchboard.Server.Doors.Ftp.Verbs;

namespace Switchboard.Tests.Ftp;

public sealed class ReplyTests
{
    [Fact]
    public void What_a_name_holds_ends_no_reply()
    {
        Assert.Equal("550 “a\\u{d}\\u{a}226 done”\r\n", Reply.Line(550, "“a\r\n226 done”"));
        Assert.Equal(3, Reply.Lines(211, "x", ["y\r\n211 End"], "z").Split("\r\n", StringSplitOptions.RemoveEmptyEntries).Length);
    }

    [Fact]
    public void Lines_in_between_are_never_taken_for_the_end() =>
        Assert.Equal("213-a\r\n 213 b\r\n213 c\r\n", Reply.Lines(213, "a", ["213 b"], "c"));

    [Fact]
    public void A_quote_in_a_path_is_doubled() => Assert.Equal("\"/a\"\"b\"", Reply.Quoted("/a\"b"));

    [Fact]
    public void Every_refusal_has_a_code_that_says_no()
    {
        foreach (var code in Enum.GetValues<RefusalCode>())
        {
            Assert.InRange(RefusalReplies.CodeOf(code), 400, 599);
        }

        Assert.Equal(552, RefusalReplies.CodeOf(RefusalCode.OverQuota));
        Assert.Equal(530, RefusalReplies.CodeOf(RefusalCode.LoginFailed));
        Assert.Equal(450, RefusalReplies.CodeOf(RefusalCode.Busy));
    }

    [Theory]
    [InlineData("20261119080706", "2026-11-19T08:07:06Z")]
    [InlineData("20261119080706.5", "2026-11-19T08:07:06.5Z")]
    [InlineData("202611190807", "2026-11-19T08:07:00Z")]
    [InlineData("20261319080706", null)]
    [InlineData("yesterday", null)]
    public void Times_are_read_as_RFC_3659_writes_them(string text, string? time) =>
        Assert.Equal(time is null ? null : (long)(DateTimeOffset.Parse(time, System.Globalization.CultureInfo.InvariantCulture) - DateTimeOffset.UnixEpoch).TotalMicroseconds, FtpTime.Parse(text));

    [Theory]
    [InlineData("a b", "a b", 0, null)]
    [InlineData("\"a \"\"b\"", "a \"b", 0, null)]
    [InlineData("\"a b\" 10", "a b", 10, null)]
    [InlineData("\"a b\" 10 20", "a b", 10, 20L)]
    public void A_path_with_a_range_is_taken_apart(string argument, string path, long first, long? end) =>
        Assert.Equal((path, first, end), DigestVerbs.Parse(argument));

    [Theory]
    [InlineData("\"")]
    [InlineData("\"a\" x")]
    [InlineData("\"a\" 1 2 3")]
    public void A_range_that_is_none_is_refused(string argument) => Assert.Throws<RefusedException>(() => DigestVerbs.Parse(argument));

    [Theory]
    [InlineData("50000-50099", 100)]
    [InlineData("50000", 1)]
    [InlineData("50099-50000", null)]
    [InlineData("0-5", null)]
    [InlineData("1-65536", null)]
    [InlineData("a-b", null)]
    public void Port_ranges(string text, int? count)
    {
        var range = PortRange.Parse(text);
        Assert.Equal(count, range?.Count);
        Assert.Equal(count ?? 0, range?.Shuffled().Distinct().Count(port => port >= range.First && port <= range.Last) ?? 0);
    }

    [Fact]
    public void Unknown_facts_are_passed_over() =>
        Assert.Equal(MlsFacts.Size | MlsFacts.UnixMode, MlsFactNames.Parse("SIZE;unknown;unix.MODE;"));
}
