using System.Globalization;
using System.Net;
using System.Net.Sockets;
using System.Text.Json;

namespace Switchboard.EndToEnd.Net;

/// <summary><c>switchboard net</c> against this machine: its sockets, its interfaces, its resolver.</summary>
public sealed class NetCommandTests
{
    [Fact]
    public async Task Who_listens_on_a_port_is_told_with_process_and_program()
    {
        using TcpListener tcp = new(IPAddress.Loopback, 0);
        tcp.Start();
        int port = ((IPEndPoint)tcp.LocalEndpoint).Port;
        JsonElement told = One(await Command.RunAsync(["net", "kind", Text(port), "--json"]));
        JsonElement listener = Assert.Single(told.GetProperty("listeners").EnumerateArray());
        Assert.Equal(("tcp", "127.0.0.1", Environment.ProcessId), (listener.GetProperty("protocol").GetString(), listener.GetProperty("address").GetString(), listener.GetProperty("pid").GetInt32()));
        tcp.Stop();
        told = One(await Command.RunAsync(["net", "kind", Text(port), "--json"]));
        Assert.Empty(told.GetProperty("listeners").EnumerateArray());
    }

    [Fact]
    public async Task A_connection_that_is_taken_or_refused_is_an_answer()
    {
        using TcpListener tcp = new(IPAddress.Loopback, 0);
        tcp.Start();
        string port = Text(((IPEndPoint)tcp.LocalEndpoint).Port);
        JsonElement[] lines = Lines((await Command.RunAsync(["net", "ping", "127.0.0.1", "--port", port, "--count", "3", "--interval", "0.01s", "--json"])).Expect(0));
        Assert.Equal(["accepted", "accepted", "accepted"], lines[..3].Select(line => line.GetProperty("result").GetString()));
        Assert.Equal((3, 3, 0.0), (lines[3].GetProperty("sent").GetInt32(), lines[3].GetProperty("received").GetInt32(), lines[3].GetProperty("loss_percent").GetDouble()));
        tcp.Stop();
        lines = Lines((await Command.RunAsync(["net", "ping", "127.0.0.1", "--port", port, "--count", "1", "--json"])).Expect(0));
        Assert.Equal("refused", lines[0].GetProperty("result").GetString());
    }

    [Fact]
    public async Task Nobody_answering_ends_with_5()
    {
        // A connection to the broadcast address is refused by this kernel itself.
        CommandResult result = (await Command.RunAsync(["net", "ping", "255.255.255.255", "--tcp", "--count", "2", "--interval", "0.01s", "--json"])).Expect(5);
        Assert.Equal(100.0, Lines(result)[^1].GetProperty("loss_percent").GetDouble());
    }

    [Fact]
    public async Task An_echo_is_answered_where_the_kernel_lets_us_ask()
    {
        // A network of its own, in which everybody may ping; nothing outside it changes.
        const string Script = "ip link set lo up && echo 0 2147483647 > /proc/sys/net/ipv4/ping_group_range && for a in 127.0.0.1 ::1; do \"$0\" net ping $a --count 2 --interval 0.01s --json || exit 9; done";
        Assert.SkipUnless(File.Exists("/usr/bin/unshare") && Environment.IsPrivilegedProcess, "skipped: needs root and unshare for a network of its own");
        using Command command = Command.Start(["--net", "sh", "-c", Script, ProgramFile.Path], program: "/usr/bin/unshare");
        CommandResult result = await command.WaitAsync();
        Assert.SkipWhen(result.Error.Contains("unshare failed", StringComparison.Ordinal), "skipped: no network of its own to be had here");
        JsonElement[] lines = Lines(result.Expect(0));
        Assert.All(lines, line => Assert.Equal("icmp", line.GetProperty("method").GetString()));
        Assert.Equal([2, 2], lines.Where(line => line.TryGetProperty("received", out _)).Select(line => line.GetProperty("received").GetInt32()));
    }

    [Fact]
    public async Task The_interfaces_are_those_the_system_lists()
    {
        Assert.SkipUnless(Directory.Exists("/sys/class/net"), "skipped: no /sys");
        JsonElement[] lines = Lines((await Command.RunAsync(["net", "info", "--json"])).Expect(0));
        Assert.Equal(Directory.GetDirectories("/sys/class/net").Select(path => Path.GetFileName(path)).Order(), lines.Select(line => line.GetProperty("interface").GetString()).Order());
        JsonElement loopback = lines.Single(line => line.GetProperty("interface").GetString() == "lo");
        Assert.Contains(loopback.GetProperty("addresses").EnumerateArray(), address => address.GetProperty("network").GetString() == "127.0.0.0/8");
        Assert.Equal(int.Parse(File.ReadAllText("/sys/class/net/lo/mtu"), CultureInfo.InvariantCulture), loopback.GetProperty("mtu").GetInt32());
    }

    [Fact]
    public async Task A_name_leads_to_its_addresses_and_back()
    {
        JsonElement host = One((await Command.RunAsync(["net", "host", "localhost", "--json"])).Expect(0));
        Assert.Equal(["ipv4", "ipv6"], host.GetProperty("answers").EnumerateArray().Select(answer => answer.GetProperty("family").GetString()));
        Assert.Contains(host.GetProperty("answers").EnumerateArray().SelectMany(answer => answer.GetProperty("addresses").EnumerateArray()), address => address.GetString() is "127.0.0.1" or "::1");
        JsonElement back = One((await Command.RunAsync(["net", "addr", "127.0.0.1", "--json"])).Expect(0));
        Assert.Equal(("1.0.0.127.in-addr.arpa", true), (back.GetProperty("reverse_name").GetString(), back.GetProperty("confirmed").GetBoolean()));
    }

    [Fact]
    public async Task A_name_that_nobody_has_ends_with_4_and_with_5_where_no_resolver_answers()
    {
        // RFC 6761 section 6.4: "invalid." is never anybody's, and resolvers answer so by themselves.
        CommandResult result = await Command.RunAsync(["net", "host", "nobody.invalid", "--json"]);
        JsonElement answer = Lines(result)[0].GetProperty("answers")[0];
        Assert.Equal(answer.GetProperty("error").GetString() == "try_again" ? 5 : 4, result.ExitCode);
        Assert.Empty(answer.GetProperty("addresses").EnumerateArray());
        Assert.Contains("nobody.invalid", result.Error, StringComparison.Ordinal);
    }

    private static string Text(int port) => port.ToString(CultureInfo.InvariantCulture);

    private static JsonElement One(CommandResult result) => Assert.Single(Lines(result.Expect(0)));

    private static JsonElement[] Lines(CommandResult result) =>
        [.. result.Text.Split('\n', StringSplitOptions.RemoveEmptyEntries).Select(line => JsonDocument.Parse(line).RootElement)];
}
