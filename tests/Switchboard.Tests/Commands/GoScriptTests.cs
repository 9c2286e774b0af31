using System.Text;
using Switchboard.Protocol;
using Switchboard.Server.Services.Commands;
using Switchboard.Server.Storage.Posix;
using Xunit;

namespace Switchboard.Tests.Commands;

/// <summary>What the shell in a sandbox is told. That real shells read it as meant is shown end to end.</summary>
public class GoScriptTests
{
    [Fact]
    public void Every_byte_a_client_gave_stands_in_quotes()
    {
        var script = Script(new JobPlan { Arguments = Texts("printf", "it's", "$(reboot) `x` \"y\" \\\n;", "") });
        Assert.EndsWith("exec 'printf' 'it'\\''s' '$(reboot) `x` \"y\" \\\n;' ''\n", script, StringComparison.Ordinal);
    }

    [Fact]
    public void Bytes_that_are_no_text_stay_as_they_are()
    {
        byte[] odd = [0x80, 0xFF, (byte)'\'', 0xC3];
        byte[] expected = [0x80, 0xFF, .. @"'\''"u8, 0xC3];
        var script = GoScript.Write(new JobPlan { Arguments = [FileName.From("cat"u8), FileName.From(odd)] }, "job", "/home/ann", tellProcess: false);
        Assert.True(script.AsSpan().IndexOf(expected) > 0);
    }

    [Fact]
    public void Folder_and_environment_come_before_the_program()
    {
        var script = Script(new JobPlan { Arguments = Texts("make"), Folder = "/src/it's", Environment = Texts("CC=gcc -O2", "EMPTY=") });
        Assert.Equal(
            "exec 9<&-\nexec </dev/null\ncd -- '/home/ann/src/it'\\''s' || exit 126\nunset OLDPWD SHLVL _\n" +
            "export 'SWITCHBOARD_JOB=job' 'CC=gcc -O2' 'EMPTY='\n" +
            "command -v 'make' >/dev/null || { printf '%s: command not found\\n' 'make' >&2; exit 127; }\nexec 'make'\n",
            script);
    }

    [Fact]
    public void Input_and_a_terminal_are_left_open()
    {
        Assert.DoesNotContain("/dev/null\ncd", Script(new JobPlan { Arguments = Texts("cat"), Input = true }), StringComparison.Ordinal);
        var script = Script(new JobPlan { Arguments = Texts("vim"), Terminal = TerminalSize.Standard, Term = "screen-256color" });
        Assert.DoesNotContain("/dev/null\ncd", script, StringComparison.Ordinal);
        Assert.Contains("'TERM=screen-256color'", script, StringComparison.Ordinal);
    }

    [Fact]
    public void Only_a_shell_line_involves_a_shell() =>
        Assert.EndsWith("exec /bin/sh -c 'echo $HOME | wc'\n", Script(new JobPlan { Arguments = Texts("echo $HOME | wc"), Shell = true }), StringComparison.Ordinal);

    [Theory]
    [InlineData("")]
    [InlineData("-c")]
    public void What_the_shell_would_take_for_an_option_is_no_program(string program) =>
        Assert.Equal(RefusalCode.BadRequest, Assert.Throws<RefusedException>(() => GoScript.Check(new JobPlan { Arguments = Texts(program) })).Code);

    [Theory]
    [InlineData("NOVALUE")]
    [InlineData("=x")]
    [InlineData("1A=x")]
    [InlineData("A B=x")]
    [InlineData("A;reboot=x")]
    public void Environment_is_only_what_a_shell_can_export(string text) =>
        Assert.Equal(RefusalCode.BadRequest, Assert.Throws<RefusedException>(() => GoScript.Check(new JobPlan { Arguments = Texts("true"), Environment = Texts(text) })).Code);

    [Fact]
    public void The_payload_is_taken_apart_at_its_NULs()
    {
        var (arguments, environment) = JobPlan.Texts("ls\0\0a b\0K=V\0"u8, 3);
        Assert.Equal(["ls", "", "a b"], arguments.Select(text => text.ToString()));
        Assert.Equal(["K=V"], environment.Select(text => text.ToString()));
    }

    [Theory]
    [InlineData("ls", 1, RefusalCode.BadRequest)]
    [InlineData("ls\0", 0, RefusalCode.BadRequest)]
    [InlineData("ls\0", 2, RefusalCode.BadRequest)]
    [InlineData("", 1, RefusalCode.BadRequest)]
    public void A_payload_that_does_not_fit_is_refused(string payload, int arguments, RefusalCode code) =>
        Assert.Equal(code, Assert.Throws<RefusedException>(() => JobPlan.Texts(Encoding.UTF8.GetBytes(payload), arguments)).Code);

    [Fact]
    public void An_argument_has_as_many_bytes_as_the_kernel_takes_and_not_one_more()
    {
        var longest = new byte[CommandsOptions.LongestArgument + 1];
        Array.Fill(longest, (byte)'x', 0, CommandsOptions.LongestArgument);
        Assert.Equal(CommandsOptions.LongestArgument, JobPlan.Texts(longest, 1).Arguments[0].Bytes.Length);
        Assert.Equal(RefusalCode.OverLimit, Assert.Throws<RefusedException>(() => JobPlan.Texts([.. "x"u8, .. longest], 1)).Code);
    }

    [Fact]
    public void Lists_show_a_command_as_one_would_type_it()
    {
        Assert.Equal("make -j2 CC='gcc -O2' ''", CommandText.Of(new JobPlan { Arguments = Texts("make", "-j2", "CC='gcc -O2'", "") }).Replace(@"'CC='\''gcc -O2'\'''", "CC='gcc -O2'", StringComparison.Ordinal));
        Assert.Equal(1_000, CommandText.Of(new JobPlan { Arguments = Texts(new string('x', 5_000)) }).Length);
    }

    private static string Script(JobPlan plan) => Encoding.UTF8.GetString(GoScript.Write(plan, "job", "/home/ann", tellProcess: false));

    private static FileName[] Texts(params string[] texts) => [.. texts.Select(FileName.From)];
}
