using Switchboard.Cli;
using Switchboard.Cli.Output;
using Switchboard.Cli.Parsing;
using Switchboard.Cli.Terminal;
using Switchboard.Protocol;

namespace Switchboard.Tests.Cli;

public sealed class HelpTests
{
    private static readonly string[] Expected =
    [
        "serve", "account add", "account list", "account show", "account set", "account passwd", "account disable", "account enable", "account remove",
        "token add", "token list", "token revoke", "backup", "restore", "config show", "config check", "config sample", "doctor", "audit",
        "login", "logout", "profiles", "whoami", "passwd", "ls", "stat", "df", "put", "get", "mkdir", "mv", "rm", "verify", "uploads list", "uploads drop",
        "du", "sync", "open", "run", "shell", "jobs", "attach", "kill", "job", "net info", "net ping", "net mask", "net same", "net plan", "net set", "net kind", "net host", "net addr", "net service", "net form", "net order", "net pack", "net unpack",
        "lab list", "lab layers", "lab check", "lab coalescing", "version", "completion", "help",
    ];

    public static TheoryData<string> Names => [.. Expected];

    [Theory]
    [MemberData(nameof(Names))]
    public void Every_command_explains_itself_in_both_languages(string name)
    {
        Command command = CommandLine.Parse([.. name.Split(' '), "--help"]).Command;
        List<Words> all = [command.Summary, .. command.Arguments.Select(a => a.Help), .. command.AllFlags().Select(f => f.Help), .. command.Examples.Select(e => e.Does)];
        if (command.Details is { } details)
        {
            all.Add(details);
        }
        Assert.All(all, w =>
        {
            Assert.Matches("[a-z]", w.En);
            Assert.DoesNotMatch(@"\p{IsCJKUnifiedIdeographs}", w.En);
            Assert.Matches(@"\p{IsCJKUnifiedIdeographs}", w.Zh);
        });
    }

    [Theory]
    [InlineData("serve", "data listen ftp udp ftp-plain cert key config insecure log-level log-json")]
    [InlineData("account add", "quota allow password-stdin data profile server")]
    [InlineData("account remove", "purge")]
    [InlineData("token add", "label allow expires")]
    [InlineData("backup", "data")]
    [InlineData("config show", "origin")]
    [InlineData("audit", "last account")]
    [InlineData("login", "user password-stdin fingerprint as insecure")]
    [InlineData("ls", "long recursive json profile server lang color quiet")]
    [InlineData("put", "restart if-exists preserve by-digest limit-rate")]
    [InlineData("get", "restart if-exists preserve limit-rate")]
    [InlineData("mkdir", "parents")]
    [InlineData("rm", "recursive")]
    [InlineData("verify", "against")]
    [InlineData("sync", "down delete dry-run exclude")]
    [InlineData("run", "pty detach wait-when-full cwd env timeout shell encoding profile server json quiet")]
    [InlineData("shell", "cwd env encoding profile server")]
    [InlineData("jobs", "all json profile")]
    [InlineData("attach", "from-start encoding profile")]
    [InlineData("kill", "signal profile")]
    [InlineData("lab nagle", "explain json html")]
    public void The_promised_flags_are_there(string name, string flags)
    {
        Command command = CommandLine.Parse([.. name.Split(' '), "--help"]).Command;
        Assert.Superset(flags.Split(' ').ToHashSet(), command.AllFlags().Select(f => f.Name).ToHashSet());
    }

    [Fact]
    public void No_command_has_two_flags_of_one_name_or_letter() => Assert.All(CommandLine.AllCommands(), c =>
    {
        Assert.Distinct(c.AllFlags().Select(f => f.Name));
        Assert.Distinct(c.AllFlags().Where(f => f.Short != '\0').Select(f => f.Short));
    });

    [Theory]
    [InlineData(Language.English, 80)]
    [InlineData(Language.Chinese, 80)]
    [InlineData(Language.English, 40)]
    [InlineData(Language.Chinese, 40)]
    public void No_line_of_help_is_wider_than_the_terminal_but_examples_that_are_typed_whole(Language language, int width)
    {
        using var output = new MemoryStream();
        Printer printer = CommandLine.Printer(output, language, width);
        var page = new HelpPage(printer);
        page.Overview(Program.Table);
        foreach (Command command in CommandLine.AllCommands())
        {
            page.Of(command, command.Name);
        }
        printer.Flush();
        string[] typed = [.. CommandLine.AllCommands().SelectMany(c => c.Examples).Concat(HelpText.FirstSteps).Select(e => e.Line)];
        string[] names = [.. CommandLine.AllCommands().SelectMany(c => c.AllFlags()).Select(f => f.Placeholder ?? "-")];
        foreach (string line in System.Text.Encoding.UTF8.GetString(output.ToArray()).Split('\n'))
        {
            bool whole = typed.Contains(line.Trim()) || names.Any(n => n.Length > 20 && line.Contains(n, StringComparison.Ordinal));
            Assert.True(whole || TextWidth.Of(line) <= width, line);
        }
    }

    [Fact]
    public async Task The_overview_names_every_command_in_groups()
    {
        var result = await CommandLine.RunAsync("help");
        Assert.Equal(0, result.Exit);
        Assert.All(Program.Table, e => Assert.Contains($"\n  {e.Name} ", result.Out));
        Assert.Contains("\nReaching a server\n", result.Out);
        Assert.Contains("\nCommands\n", result.Out);
        result = await CommandLine.RunAsync("help", "--lang", "zh");
        Assert.Contains("\n连接服务器\n", result.Out);
    }

    [Fact]
    public async Task No_command_shows_the_overview_and_is_wrong_usage()
    {
        Assert.Equal(2, (await CommandLine.RunAsync()).Exit);
        Assert.Equal(0, (await CommandLine.RunAsync("--help")).Exit);
    }

    [Fact]
    public async Task Flags_of_run_stand_before_the_program_that_takes_the_rest()
    {
        var result = await CommandLine.RunAsync("help", "run");
        Assert.Matches(@"(?s)^[^\n]+\n\nUsage: switchboard run \[--pty\].*\[--profile NAME\]….*\[--\] PROGRAM\s+\[ARG\]…", result.Out);
    }

    [Fact]
    public async Task Help_of_a_mistyped_command_names_the_nearest()
    {
        var result = await CommandLine.RunAsync("help", "putt");
        Assert.Equal(2, result.Exit);
        Assert.Contains("switchboard put'", result.Error);
    }

    [Theory]
    [InlineData("bash")]
    [InlineData("zsh")]
    [InlineData("fish")]
    [InlineData("pwsh")]
    public async Task Completion_mentions_every_command_subcommand_and_flag(string shell)
    {
        var result = await CommandLine.RunAsync("completion", shell);
        Assert.Equal(0, result.Exit);
        Assert.All(Program.Table, e => Assert.Matches($@"(?<![\w-]){e.Name}(?![\w-])", result.Out));
        Assert.All(CommandLine.AllCommands(), c => Assert.Matches($@"(?<![\w-]){c.Name}(?![\w-])", result.Out));
        Assert.All(CommandLine.AllCommands().SelectMany(c => c.AllFlags()), f => Assert.Contains(f.Name, result.Out));
    }

    [Fact]
    public async Task An_unknown_shell_is_wrong_usage() => Assert.Equal(2, (await CommandLine.RunAsync("completion", "bas")).Exit);
}
