using System.Text;
using System.Text.Json;
using Switchboard.Cli.Output;
using Switchboard.Protocol;

namespace Switchboard.Tests.Cli;

public sealed class OutputTests
{
    [Theory]
    [InlineData(RefusalCode.BadName, 2)]
    [InlineData(RefusalCode.LoginFailed, 3)]
    [InlineData(RefusalCode.Forbidden, 3)]
    [InlineData(RefusalCode.ServerUntrusted, 3)]
    [InlineData(RefusalCode.NotFound, 4)]
    [InlineData(RefusalCode.AccountUnknown, 4)]
    [InlineData(RefusalCode.NoConnection, 5)]
    [InlineData(RefusalCode.TooManyTries, 5)]
    [InlineData(RefusalCode.Busy, 5)]
    [InlineData(RefusalCode.OverQuota, 6)]
    [InlineData(RefusalCode.DiskFull, 6)]
    [InlineData(RefusalCode.DigestMismatch, 7)]
    [InlineData(RefusalCode.Exists, 1)]
    [InlineData(RefusalCode.Internal, 1)]
    public void A_refusal_has_its_exit_code(RefusalCode code, int exit) => Assert.Equal(exit, ExitCode.Of(code));

    [Fact]
    public void Every_refusal_ends_between_1_and_7() => Assert.All(Enum.GetValues<RefusalCode>(), c => Assert.InRange(ExitCode.Of(c), 1, 7));

    [Fact]
    public async Task With_json_an_error_is_one_object_on_stderr()
    {
        var result = await CommandLine.RunAsync("pt", "--json");
        Assert.Equal(2, result.Exit);
        Assert.Equal("", result.Out);
        JsonElement error = JsonDocument.Parse(result.Error).RootElement.GetProperty("error");
        Assert.Equal("wrong_usage", error.GetProperty("code").GetString());
        Assert.Equal("There is no command 'pt'.", error.GetProperty("message").GetString());
        Assert.Contains("put", error.GetProperty("hint").GetString());
    }

    [Fact]
    public async Task An_error_is_a_sentence_and_a_hint_and_the_code_does_not_change_with_the_language()
    {
        Assert.Equal("switchboard: There is no command 'pt'.\n  → Did you mean 'switchboard put'?\n", (await CommandLine.RunAsync("pt")).Error);
        Assert.Equal("switchboard: 没有 'pt' 这个命令。\n  → 是不是想输入 switchboard put？\n", (await CommandLine.RunAsync("pt", "--lang", "zh")).Error);
        Assert.Contains("\"wrong_usage\"", (await CommandLine.RunAsync("pt", "--lang", "zh", "--json")).Error);
    }

    [Theory]
    [InlineData(new string[0], null, "zh_CN.UTF-8", Language.Chinese)]
    [InlineData(new string[0], "en_US.UTF-8", "zh_CN.UTF-8", Language.English)]
    [InlineData(new[] { "--lang", "zh" }, "en_US.UTF-8", null, Language.Chinese)]
    [InlineData(new[] { "--lang=en" }, "zh_CN", null, Language.English)]
    [InlineData(new string[0], null, null, Language.English)]
    public void The_language_is_the_flag_over_the_locale(string[] args, string? all, string? lang, Language expected) =>
        Assert.Equal(expected, PrinterOptions.LanguageOf(args, name => name switch { "LC_ALL" => all, "LANG" => lang, _ => null }));

    [Fact]
    public void Colour_is_never_without_a_terminal_unless_asked_for()
    {
        Assert.False(PrinterOptions.Read(["ls"], _ => null).ErrorColor && !Switchboard.Cli.Terminal.Tty.ErrorIsTerminal);
        Assert.True(PrinterOptions.Read(["ls", "--color", "always"], _ => null).Color);
        Assert.False(PrinterOptions.Read(["ls", "--color=never"], _ => null).Color);
        Assert.False(PrinterOptions.Read(["ls"], name => name == "NO_COLOR" ? "1" : null).Color);
    }

    [Fact]
    public void Names_of_others_are_escaped_on_a_terminal_and_in_its_json()
    {
        using var output = new MemoryStream();
        var printer = new Printer(new PrinterOptions { OutputIsTerminal = true }, output, Stream.Null);
        Assert.Equal("a\\u{1b}[31m", printer.Safe("a\e[31m"));
        printer.Json(new Entry { Path = "中文\u202Etxt", Type = "file" }, CliJson.Default.Entry);
        string json = Encoding.UTF8.GetString(output.ToArray());
        Assert.Contains("中文\\u202etxt", json);
        Assert.Equal("中文\u202Etxt", JsonDocument.Parse(json).RootElement.GetProperty("path").GetString());
    }

    [Fact]
    public async Task A_closed_pipe_ends_the_program_quietly()
    {
        using var dispatcher = new Switchboard.Cli.Dispatcher(new Printer(new PrinterOptions(), new ClosedPipe(), Stream.Null));
        Assert.Equal(0, await dispatcher.CallAsync(Switchboard.Cli.Program.Table, ["help"]));
    }

    [Theory]
    [InlineData("0", 0L)]
    [InlineData("500", 500L)]
    [InlineData("1K", 1024L)]
    [InlineData("1.5M", 1572864L)]
    [InlineData("20GiB", 21474836480L)]
    [InlineData("2 GB", 2147483648L)]
    [InlineData("-1", null)]
    [InlineData("x", null)]
    [InlineData("", null)]
    [InlineData("99999999999T", null)]
    public void Sizes_are_read_as_people_write_them(string text, long? expected) => Assert.Equal(expected, Amounts.ParseSize(text));

    [Theory]
    [InlineData("30s", 30)]
    [InlineData("10m", 600)]
    [InlineData("7d", 604800)]
    [InlineData("90", 90)]
    [InlineData("d", null)]
    [InlineData("-5s", null)]
    public void Times_are_read_as_people_write_them(string text, int? seconds) => Assert.Equal(seconds, (int?)Amounts.ParseSpan(text)?.TotalSeconds);

    [Fact]
    public void A_moment_is_a_span_from_now_or_a_date()
    {
        var now = new DateTimeOffset(2030, 1, 1, 0, 0, 0, TimeSpan.Zero);
        Assert.Equal(now.AddDays(30), Amounts.ParseMoment("30d", now));
        Assert.Equal(2031, Amounts.ParseMoment("2031-05-06", now)?.Year);
        Assert.Null(Amounts.ParseMoment("soon", now));
    }

    [Theory]
    [InlineData("file", 0x1A4, "-rw-r--r--")]
    [InlineData("folder", 0x1C0, "drwx------")]
    public void Modes_look_as_in_ls(string type, int mode, string expected) => Assert.Equal(expected, Amounts.Mode(type, mode));

    private sealed class ClosedPipe : MemoryStream
    {
        public override void Write(ReadOnlySpan<byte> buffer) => throw new Switchboard.Cli.Terminal.ClosedPipeException();

        public override void Write(byte[] buffer, int offset, int count) => throw new Switchboard.Cli.Terminal.ClosedPipeException();
    }
}
