using Switchboard.Cli.Commands.Server;
using Switchboard.Cli.Parsing;
using Switchboard.Cli.Settings;

namespace Switchboard.Tests.Cli;

public sealed class SettingsTests
{
    private static readonly Flag Listen = ServerSettings.Table.First(s => s.Key == "listen").Flag!;

    private static SettingValue Resolve(string key, (Flag, string)[] flags, Dictionary<string, string> environment, params string[] file) =>
        new SettingsLayers(ServerSettings.Table).Resolve(flags, environment, SettingsFile.Parse("f.conf", file)).First(v => v.Setting.Key == key);

    [Fact]
    public void A_flag_counts_over_the_environment_that_over_the_file_that_over_the_default()
    {
        Dictionary<string, string> environment = new() { ["SWITCHBOARD_LISTEN"] = "127.0.0.1:2" };
        string[] file = ["listen = 127.0.0.1:3"];
        Assert.Equal(("127.0.0.1:1", "flag"), Of(Resolve("listen", [(Listen, "127.0.0.1:1")], environment, file)));
        Assert.Equal(("127.0.0.1:2", "environment SWITCHBOARD_LISTEN"), Of(Resolve("listen", [], environment, file)));
        Assert.Equal(("127.0.0.1:3", "file f.conf, 1"), Of(Resolve("listen", [], [], file)));
        Assert.Equal(("[::]:9527", "default"), Of(Resolve("listen", [], [])));
    }

    private static (string, string) Of(SettingValue value) => (value.Text, value.Origin);

    [Fact]
    public void An_unknown_key_names_its_place_and_the_nearest()
    {
        var wrong = Assert.Throws<FailedException>(() => Resolve("listen", [], [], "# ours", "", "lisen = :1"));
        Assert.Equal("f.conf, 3: there is no setting 'lisen'.", wrong.Sentence.En);
        Assert.Equal("Did you mean 'listen'?", wrong.Hint?.En);
        Assert.Equal(2, wrong.Exit);
    }

    [Fact]
    public void A_variable_that_looks_like_a_slip_is_an_error_and_a_stranger_is_ignored()
    {
        Assert.Throws<FailedException>(() => Resolve("listen", [], new() { ["SWITCHBOARD_MAX_USER"] = "1" }));
        var layers = new SettingsLayers(ServerSettings.Table);
        layers.Resolve([], new Dictionary<string, string> { ["SWITCHBOARD_SOMETHING_ELSE"] = "1", ["SWITCHBOARD_TOKEN"] = "x" }, null);
        Assert.Equal(["SWITCHBOARD_SOMETHING_ELSE"], layers.Ignored);
    }

    [Theory]
    [InlineData("max-users = 0")]
    [InlineData("max-users = many")]
    [InlineData("listen = 9527x")]
    [InlineData("listen = ::1:80")]
    [InlineData("idle-timeout = soon")]
    [InlineData("disk-reserve = big")]
    [InlineData("insecure = maybe")]
    [InlineData("log-level = loud")]
    [InlineData("max-users = 1\nmax-users = 2")]
    [InlineData("just words")]
    public void A_value_that_makes_no_sense_is_refused(string file) =>
        Assert.Throws<FailedException>(() => Resolve("data", [], [], file.Split('\n')));

    [Fact]
    public void Comments_quotes_and_blanks_are_understood()
    {
        Assert.Equal("/srv/a b", Resolve("data", [], [], "  data =  \"/srv/a b\"   # where").Text);
        Assert.Equal("/srv/a#b", Resolve("data", [], [], "data=/srv/a#b").Text);
    }

    [Fact]
    public void Listening_in_many_places_takes_lists_and_repeats()
    {
        Assert.Equal(["127.0.0.1:1", "[::1]:1"], Resolve("listen", [], [], "listen = 127.0.0.1:1, [::1]:1").Values);
        Assert.Equal(["127.0.0.1:1", "[::1]:1"], Resolve("listen", [], [], "listen = 127.0.0.1:1", "listen = [::1]:1").Values);
        Assert.Equal(["127.0.0.1:1", "[::1]:1"], Resolve("listen", [(Listen, "127.0.0.1:1"), (Listen, "[::1]:1")], []).Values);
    }

    [Theory]
    [InlineData("[::]:9527", "[::]:9527")]
    [InlineData("*:80", "[::]:80")]
    [InlineData(":0", "[::]:0")]
    [InlineData("localhost:1", "127.0.0.1:1")]
    [InlineData("0.0.0.0:65535", "0.0.0.0:65535")]
    [InlineData("0.0.0.0:65536", null)]
    [InlineData("9527", null)]
    [InlineData("[1.2.3.4]:1", null)]
    [InlineData("host.example:1", null)]
    public void Addresses_to_listen_on(string text, string? expected) => Assert.Equal(expected, ServerSettings.ParseEndPoint(text)?.ToString());

    [Fact]
    public async Task The_sample_is_a_settings_file_that_changes_nothing()
    {
        string sample = (await CommandLine.RunAsync("config", "sample")).Out;
        Assert.Empty(SettingsFile.Parse("s", sample.Split('\n')).Lines);
        string[] active = [.. sample.Split('\n').Where(l => l.StartsWith('#') && l.Contains(" = ", StringComparison.Ordinal) && !l.StartsWith("# ", StringComparison.Ordinal)).Select(l => l[1..])];
        var values = new SettingsLayers(ServerSettings.Table).Resolve([], new Dictionary<string, string>(), SettingsFile.Parse("s", active));
        Assert.All(values.Where(v => v.Values.Length > 0), v => Assert.Equal(v.Setting.Default, v.Text));
        Assert.All(ServerSettings.Table, s => Assert.Contains($"\n#{s.Key} =", sample));
    }

    [Fact]
    public void The_defaults_are_those_of_the_server()
    {
        var values = new SettingsLayers(ServerSettings.Table).Resolve([], new Dictionary<string, string>(), null);
        var options = ServerSettings.ToOptions(values, "en");
        Assert.Equal(new Switchboard.Server.ServerOptions { Data = options.Data, Listen = options.Listen }, options);
    }
}
