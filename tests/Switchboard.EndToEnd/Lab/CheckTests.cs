using System.Diagnostics;
using System.Text.Json;
using Switchboard.Lab.Checks;

namespace Switchboard.EndToEnd.Lab;

/// <summary>The judge of learners' programs: the answers in docs/lab pass, and each with one line made wrong fails the rule that line is about.</summary>
public sealed class CheckTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();
    private Process? _program;

    public static TheoryData<string> Kinds => [.. Judge.Kinds.Select(kind => kind.Name)];

    /// <summary>A kind, a line of its answer, what a learner might write instead, and the rules that break.</summary>
    public static TheoryData<string, string, string, string> Mistakes => new()
    {
        { "echo", "connection.recv(65536)", "connection.recv(65536).replace(b\"\\n\", b\"\")", "E2 E3" },
        { "echo", "while data := connection.recv(65536):", "if data := connection.recv(65536):", "E3" },
        { "echo", "connection.sendall(data)", "connection.sendall(data.decode().encode())", "E2 E3" },
        { "upper-udp", "data.decode(errors=\"replace\").upper().encode()", "data", "U1 U2 U3 U4 U5 U6" },
        { "upper-udp", "recvfrom(65535)", "recvfrom(1024)", "U5" },
        { "upper-udp", "data.decode(errors=\"replace\").upper().encode()", "data.decode(errors=\"replace\").encode(\"ascii\", \"ignore\").decode().upper().encode()", "U2" },
        { "length-prefix", "connection.sendall(block(read_block(connection)))", "connection.sendall(connection.recv(65536))", "L7" },
        { "length-prefix", "block(read_block(connection))", "block(read_block(connection).decode().encode(\"ascii\", \"replace\"))", "L5 L6" },
        { "length-prefix", "block(read_block(connection))", "block(read_block(connection)[:65535])", "L5" },
        { "command", "block(done.stdout) + block(done.stderr)", "block(done.stdout + done.stderr) + block(b\"\")", "C2 C4 C7" },
        { "command", "block(done.stdout) + block(done.stderr)", "block(done.stdout[:65536]) + block(done.stderr)", "C3 C4" },
        { "command", "command = read_block(connection).decode()", "command = read_block(connection).decode()\n        if not command: continue", "C5" },
        { "upload", "digest.hexdigest() == wanted[\"md5\"]", "True", "F6" },
        { "upload", "allowed = name == os.path.basename(name) and name not in (\"\", \".\", \"..\")", "allowed, name = True, os.path.basename(name)", "F7" },
        { "upload", "min(left, 65536)", "left", "" },
        { "hmac", "os.urandom(32)", "b\"x\" * 32", "H2 H6" },
        { "hmac", "hmac.compare_digest(answer, right)", "answer[:16] == right[:16]", "H5" },
        { "hmac", "answer = read_exactly(connection, 32)", "answer = connection.recv(20)", "H3 H6 H7" },
        { "chat", "            if text:\n", "            if True:\n", "T6" },
        { "chat", "if one is not me", "", "T3 T8" },
        { "chat", "name + b\": \" + text", "text", "T2 T3 T4 T5 T6 T7 T8 T9" },
        { "chat", "b\"* welcome, \" + name + b\"\\n\"", "b\"*\" * 100_000", "T1 T2 T3 T4 T5 T6 T7 T8 T9" },
        { "udp-chat", "name = people.pop(client)", "name = people[client]", "D7" },
        { "udp-chat", "elif client not in people:", "elif client not in people and people.setdefault(client, b\"?\") is None:", "D6" },
        { "udp-chat", "if one != me:", "if True:", "D4" },
        { "login", "if user is None or path is None:", "if path is None:", "N1 N2 N3 N7" },
        { "login", "payload = read_exactly(connection, size)", "payload = read_exactly(connection, size) if user else b\"\"", "N1" },
        { "login", "PASSWORDS.get(wanted[\"user\"]) == wanted[\"password\"]", "wanted[\"user\"] in PASSWORDS", "N3" },
    };

    public void Dispose()
    {
        _program?.Kill();
        _program?.Dispose();
        _folder.Dispose();
    }

    [Theory]
    [MemberData(nameof(Kinds))]
    public async Task The_answer_in_the_documents_keeps_every_rule(string kind)
    {
        CommandResult result = await CheckAsync(kind, await StartAsync(kind));
        Assert.Equal("", Broken(result));
        result.Expect(0);
    }

    [Theory]
    [MemberData(nameof(Mistakes))]
    public async Task A_wrong_line_breaks_the_rules_it_is_about(string kind, string line, string instead, string rules)
    {
        CommandResult result = await CheckAsync(kind, await StartAsync(kind, line, instead));
        Assert.Equal(rules, Broken(result));
        result.Expect(rules.Length == 0 ? 0 : 1);
    }

    [Fact]
    public async Task A_broken_rule_is_told_with_the_bytes()
    {
        string address = await StartAsync("hmac", "b\"OK\\n\"", "b\"ok\\n\"");
        CommandResult result = (await Command.RunAsync(["lab", "check", "hmac", address])).Expect(1);
        Assert.Matches(@"(?s)✗ H3  the right answer is let in\n\s+sent +\[.*\] \(32\)\n\s+expected +""OK\\n""\n\s+got +""ok\\n""", result.Text);
        Assert.Contains("4 of 7 rules hold.", result.Text, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Nobody_there_and_a_wrong_address_have_their_own_exit_codes()
    {
        Assert.Contains("Nobody answers at 127.0.0.1:1:", (await Command.RunAsync(["lab", "check", "echo", "127.0.0.1:1"])).Expect(5).Error, StringComparison.Ordinal);
        (await Command.RunAsync(["lab", "check", "echo", "127.0.0.1"])).Expect(2);
        Assert.Contains("Did you mean 'echo'?", (await Command.RunAsync(["lab", "check", "ecko", "127.0.0.1:1"])).Expect(2).Error, StringComparison.Ordinal);
    }

    private static Task<CommandResult> CheckAsync(string kind, string address) => Command.RunAsync(["lab", "check", kind, address, "--json"]);

    private static string Broken(CommandResult result) => string.Join(' ', result.Text.TrimEnd().Split('\n').Where(line => line.Length > 0)
        .Select(line => JsonDocument.Parse(line).RootElement).Where(rule => rule.GetProperty("result").GetString() == "fail").Select(rule => rule.GetProperty("rule").GetString()));

    /// <summary>Starts a copy of the answer, with one line replaced; returns where it listens.</summary>
    private async Task<string> StartAsync(string kind, string line = "", string instead = "")
    {
        Assert.SkipUnless(Python is not null, "skipped: python3 is not installed");
        string name = (kind == "hmac" ? "challenge" : kind) + ".py";
        foreach (string file in Directory.GetFiles(Path.Combine(ProgramFile.Checkout, "docs", "lab"), "*.py"))
        {
            File.Copy(file, _folder.At(Path.GetFileName(file)));
        }
        string text = File.ReadAllText(_folder.At(name));
        Assert.Contains(line, text, StringComparison.Ordinal);
        File.WriteAllText(_folder.At(name), line.Length == 0 ? text : text.Replace(line, instead, StringComparison.Ordinal));
        _program = Process.Start(new ProcessStartInfo(Python!, [_folder.At(name), "0"]) { RedirectStandardOutput = true, RedirectStandardError = true, Environment = { ["TMPDIR"] = _folder.Path, ["PYTHONUTF8"] = "1" } })!;
        // What a wrong program complains about must not fill a pipe that nobody reads.
        _program.BeginErrorReadLine();
        string said = await _program.StandardOutput.ReadLineAsync() ?? "";
        Assert.StartsWith("listening on ", said, StringComparison.Ordinal);
        return said["listening on ".Length..];
    }

    private static string? Python { get; } = (Environment.GetEnvironmentVariable("PATH") ?? "").Split(':').Select(folder => Path.Combine(folder, "python3")).FirstOrDefault(File.Exists);
}
