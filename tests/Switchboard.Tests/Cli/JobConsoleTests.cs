using System.Buffers;
using System.Text;
using System.Text.Json;
using Switchboard.Cli.Commands.Jobs;
using Switchboard.Cli.Output;
using Switchboard.Cli.Parsing;
using Switchboard.Cli.Terminal;
using Switchboard.Client;
using Switchboard.Protocol;

namespace Switchboard.Tests.Cli;

/// <summary>What stands between a remote program and the person who runs it.</summary>
public sealed class JobConsoleTests
{
    private static readonly Flag AnyFlag = new("any", ("any", "任意"));

    // What passes, with each escape in angle brackets where it was met.
    private static string Type(string typed, int piece)
    {
        var keys = new EscapeKeys();
        var passed = new ArrayBufferWriter<byte>();
        foreach (byte[] bytes in Encoding.UTF8.GetBytes(typed).Chunk(piece))
        {
            ReadOnlySpan<byte> rest = bytes;
            while (!rest.IsEmpty)
            {
                if (keys.Feed(ref rest, passed) is var escape and not Escape.None)
                {
                    passed.Write(Encoding.ASCII.GetBytes($"<{escape}>"));
                }
            }
        }
        keys.End(passed);
        return Encoding.UTF8.GetString(passed.WrittenSpan);
    }

    [Theory]
    [InlineData("~.", "<Detach>")]
    [InlineData("~?", "<Help>")]
    [InlineData("~\x1A", "<Suspend>")]
    [InlineData("~~.", "~.")]
    [InlineData("~~~.", "~~.")]
    [InlineData("~a", "~a")]
    [InlineData("~", "~")]
    [InlineData("a~.", "a~.")]
    [InlineData("ls\r~.", "ls\r<Detach>")]
    [InlineData("ls\n~.", "ls\n<Detach>")]
    [InlineData("~\r~.", "~\r<Detach>")]
    [InlineData("~?~.", "<Help><Detach>")]
    [InlineData("~~\r~?x~.", "~\r<Help>x~.")]
    [InlineData("cd ~/中文\r", "cd ~/中文\r")]
    public void A_tilde_at_the_start_of_a_line_says_something_to_this_side(string typed, string expected)
    {
        for (int piece = 1; piece <= typed.Length * 3; piece++)
        {
            Assert.Equal(expected, Type(typed, piece));
        }
    }

    [Theory]
    [InlineData("gbk", "你好，世界 abc\n")]
    [InlineData("cp936", "你好")]
    [InlineData("gb18030", "你好😀𠀀")]
    [InlineData("big5", "繁體中文")]
    [InlineData("Shift_JIS", "日本語ｶﾅ")]
    [InlineData("cp1251", "привет")]
    [InlineData("latin1", "pässwörd")]
    [InlineData("utf-8", "中😀")]
    public void A_character_split_between_pieces_comes_whole_both_ways(string name, string text)
    {
        Encoding encoding = Transcoder.Find(AnyFlag, name);
        foreach (int piece in (int[])[1, 2, 3, 1000])
        {
            Assert.Equal(Encoding.UTF8.GetBytes(text), Through(new(encoding, Encoding.UTF8), encoding.GetBytes(text), piece));
            Assert.Equal(encoding.GetBytes(text), Through(new(Encoding.UTF8, encoding), Encoding.UTF8.GetBytes(text), piece));
        }
    }

    [Fact]
    public void Half_a_character_at_the_end_is_shown_as_no_text()
    {
        Assert.Equal("a\uFFFD", Encoding.UTF8.GetString(Through(new(Transcoder.Find(AnyFlag, "gb18030"), Encoding.UTF8), [(byte)'a', 0x81], 1)));
        string much = string.Concat(Enumerable.Repeat("汉字", 20_000));
        Encoding gbk = Transcoder.Find(AnyFlag, "gbk");
        Assert.Equal(much, Encoding.UTF8.GetString(Through(new(gbk, Encoding.UTF8), gbk.GetBytes(much), 30_001)));
    }

    [Fact]
    public void An_unknown_encoding_names_the_nearest()
    {
        Assert.Contains("'gbk'", Assert.Throws<UsageException>(() => Transcoder.Find(AnyFlag, "gkb")).Hint?.En);
        Assert.Contains("'big5'", Assert.Throws<UsageException>(() => Transcoder.Find(AnyFlag, "bgi5")).Hint?.En);
        Assert.Contains("gbk", Assert.Throws<UsageException>(() => Transcoder.Find(AnyFlag, "no such encoding")).Hint?.Zh);
    }

    private static byte[] Through(Transcoder transcoder, byte[] bytes, int piece)
    {
        var into = new ArrayBufferWriter<byte>();
        foreach (byte[] part in bytes.Chunk(piece))
        {
            transcoder.Convert(part, into);
        }
        transcoder.End(into);
        return into.WrittenSpan.ToArray();
    }

    [Fact]
    public void Arguments_are_matched_with_the_bytes_they_were()
    {
        byte[] line = [.. "switchboard\0run\0--\0printf\0"u8, 0xC4, 0xE3, 0, 0, .. "中文\0"u8];
        string[] words = ["printf", "\uFFFD\uFFFD", "", "中文"];
        var found = RawArguments.Match(line, words)!;
        Assert.Equal([[.. "printf"u8], [0xC4, 0xE3], [], [.. "中文"u8]], found.Select(w => w.ToArray()));
    }

    [Theory]
    [InlineData("a\0b\0", new[] { "a", "c" })]
    [InlineData("b\0", new[] { "a", "b" })]
    [InlineData("", new[] { "a" })]
    [InlineData("a\0b", new[] { "b" })]
    public void Another_command_line_is_not_taken_for_ours(string line, string[] words) =>
        Assert.Null(RawArguments.Match(Encoding.UTF8.GetBytes(line), words));

    [Theory]
    [InlineData("TERM", "TERM")]
    [InlineData("sigkill", "KILL")]
    [InlineData("Int", "INT")]
    [InlineData("9", "KILL")]
    [InlineData("1", "HUP")]
    [InlineData("15", "TERM")]
    [InlineData("28", "WINCH")]
    [InlineData("31", "SYS")]
    public void Signals_go_by_name_or_number(string text, string name) => Assert.Equal(name, SignalNames.Parse(AnyFlag, text));

    [Theory]
    [InlineData("0")]
    [InlineData("32")]
    [InlineData("")]
    [InlineData("SIG")]
    [InlineData("-9")]
    [InlineData("TREM")]
    public void What_is_no_signal_is_wrong_usage(string text) => Assert.Throws<UsageException>(() => SignalNames.Parse(AnyFlag, text));

    [Fact]
    public void The_third_interrupt_in_a_row_means_more_than_the_first()
    {
        var clock = new Client.TimerClock();
        var count = new InterruptCount(clock);
        Assert.Equal([1, 2, 3, 3], Enumerable.Range(0, 4).Select(_ => count.Press()));
        clock.Advance(TimeSpan.FromSeconds(2.1));
        Assert.Equal(1, count.Press());
        clock.Advance(TimeSpan.FromSeconds(1.9));
        Assert.Equal(2, count.Press());
    }

    [Fact]
    public void Lines_of_several_servers_come_whole_with_their_names()
    {
        using var output = new MemoryStream();
        using var error = new MemoryStream();
        var printer = new Printer(new PrinterOptions(), output, error);
        var first = new ServerOutput(printer, "web1", "web1  ", null, NotBroken);
        var second = new ServerOutput(printer, "数据", "数据  ", Transcoder.Find(AnyFlag, "gbk"), NotBroken);
        Give(first, JobOutput.Stdout, "one\ntw"u8);
        Give(second, JobOutput.Stdout, [0xC4]);
        Give(first, JobOutput.Stderr, "oops"u8);
        Give(second, JobOutput.Stdout, [0xE3, (byte)'\n']);
        Give(first, JobOutput.Stdout, "o\n\nend"u8);
        first.End();
        second.End();
        Assert.Equal("web1  one\n数据  你\nweb1  two\nweb1  \nweb1  end\n", Encoding.UTF8.GetString(output.ToArray()));
        Assert.Equal("web1  oops\n", Encoding.UTF8.GetString(error.ToArray()));
    }

    [Fact]
    public void With_json_each_line_is_an_object()
    {
        using var output = new MemoryStream();
        var server = new ServerOutput(new Printer(new PrinterOptions { Json = true }, output, Stream.Null), "web1", "", null, NotBroken);
        Give(server, JobOutput.Stderr, "a \"b\"\n"u8);
        Give(server, JobOutput.Stdout, [0xFF]);
        server.End();
        JsonElement[] lines = [.. Encoding.UTF8.GetString(output.ToArray()).Split('\n', StringSplitOptions.RemoveEmptyEntries).Select(l => JsonDocument.Parse(l).RootElement)];
        Assert.Equal(["web1 stderr a \"b\"", "web1 stdout \uFFFD"], lines.Select(l => $"{l.GetProperty("profile")} {l.GetProperty("stream")} {l.GetProperty("line")}"));
    }

    [Fact]
    public void A_line_without_end_takes_no_more_memory_than_the_longest()
    {
        var lines = new List<int>();
        var cutter = new LineCutter();
        cutter.Add(new byte[LineCutter.LongestLine + 10], l => lines.Add(l.Length));
        cutter.End(l => lines.Add(l.Length));
        Assert.Equal([LineCutter.LongestLine, 10], lines);
    }

    private static void NotBroken(IOException broken) => Assert.Fail(broken.Message);

    [Fact]
    public void Lines_that_nobody_takes_are_told_of_once()
    {
        var broken = new List<IOException>();
        var server = new ServerOutput(new Printer(new PrinterOptions(), new ClosedPipe(), Stream.Null), "web1", "", null, broken.Add);
        Give(server, JobOutput.Stderr, "fine\n"u8);
        Assert.Empty(broken);
        Give(server, JobOutput.Stdout, "x\n"u8);
        Give(server, JobOutput.Stdout, "y\n"u8);
        server.End();
        Assert.IsType<ClosedPipeException>(Assert.Single(broken));
    }

    [Fact]
    public async Task Output_that_nobody_takes_is_dropped_and_told_of()
    {
        var output = new ConsoleOutput(new Printer(new PrinterOptions(), new ClosedPipe(), Stream.Null), null);
        await output.TakeAsync(JobOutput.Stderr, new("fine"u8.ToArray()));
        Assert.False(output.Broken.IsCompleted);
        await output.TakeAsync(JobOutput.Stdout, new("x"u8.ToArray()));
        await output.TakeAsync(JobOutput.Stdout, new("y"u8.ToArray()));
        output.End();
        Assert.IsType<ClosedPipeException>(await output.Broken);
    }

    [Theory]
    [InlineData("killed")]
    [InlineData("timeout")]
    [InlineData("over_quota")]
    [InlineData("disk_full")]
    [InlineData("over_limit")]
    [InlineData("account_disabled")]
    [InlineData("account_unknown")]
    [InlineData("closing")]
    [InlineData("something_new")]
    public void Every_reason_is_a_sentence_in_both_languages(string reason)
    {
        Words words = JobText.Reason(reason);
        Assert.Matches(@"^[A-Z].*\.$", words.En);
        Assert.Matches(@"\p{IsCJKUnifiedIdeographs}.*。$", words.Zh);
    }

    [Theory]
    [InlineData("run")]
    [InlineData("run", "--detach", "--")]
    [InlineData("run", "--wait-when-full", "x")]
    [InlineData("run", "--pty", "--json", "x")]
    [InlineData("run", "--pty", "--profile", "a", "--profile", "b", "x")]
    [InlineData("run", "--encoding", "gkb", "x")]
    [InlineData("shell", "--encoding", "gkb")]
    [InlineData("attach")]
    [InlineData("attach", "x", "y")]
    [InlineData("kill", "x", "--signal", "NO")]
    public async Task Wrong_usage_is_2_also_where_failures_are_255(params string[] args) => Assert.Equal(2, (await CommandLine.RunAsync(args)).Exit);

    [Fact]
    public async Task A_failure_of_our_own_is_255()
    {
        Assert.Equal(255, (await CommandLine.RunAsync("run", "--server", "unix:/no/such/socket", "x")).Exit);
        Assert.Equal(255, (await CommandLine.RunAsync("attach", "--profile", "no such profile", "x")).Exit);
        Assert.Equal(5, (await CommandLine.RunAsync("kill", "--server", "unix:/no/such/socket", "x")).Exit);
    }

    private static void Give(ServerOutput to, JobOutput stream, ReadOnlySpan<byte> bytes) => to.TakeAsync(stream, new(bytes.ToArray())).AsTask().GetAwaiter().GetResult();

    private sealed class ClosedPipe : MemoryStream
    {
        public override void Write(ReadOnlySpan<byte> buffer) => throw new ClosedPipeException();
    }
}
