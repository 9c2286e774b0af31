using System.Text.Json;
using System.Xml.Linq;
using Switchboard.EndToEnd.Campaigns;
using Switchboard.Lab;

namespace Switchboard.EndToEnd.Lab;

/// <summary>Every experiment of the laboratory on real sockets, on a machine that is busy.</summary>
[Collection(OneAtATime.Name)]
public sealed class ExperimentTests
{
    private const int AtOnce = 4;

    public static TheoryData<string> Names => [.. Laboratory.All.Select(one => one.Name)];

    [Theory]
    [MemberData(nameof(Names))]
    public async Task It_gives_the_same_verdict_every_time_on_a_loaded_machine(string name)
    {
        Experiment experiment = Laboratory.Find(name)!;
        using var load = new Load();
        for (int left = Soak.Rounds(always: 3, soak: 20); left > 0; left -= AtOnce)
        {
            Outcome[] outcomes = await Task.WhenAll(Enumerable.Range(0, Math.Min(left, AtOnce)).Select(_ => experiment.RunAsync(CancellationToken.None)));
            Assert.All(outcomes, outcome => Assert.True(outcome.IsAsExpected, Told(outcome)));
        }
    }

    [Theory]
    [MemberData(nameof(Names))]
    public async Task It_fails_when_any_of_its_expectations_is_turned_round(string name)
    {
        Experiment experiment = Laboratory.Find(name)!;
        int claims = (await experiment.RunAsync(CancellationToken.None)).Trace.Claims.Count;
        Outcome[] turned = await Task.WhenAll(Enumerable.Range(0, claims).Select(claim => experiment.RunAsync(claim, CancellationToken.None)));
        for (int claim = 0; claim < claims; claim++)
        {
            Assert.False(turned[claim].IsAsExpected);
            Assert.Equal([claim], turned[claim].Trace.Claims.Index().Where(one => !one.Item.Holds).Select(one => one.Index));
        }
    }

    [Theory]
    [MemberData(nameof(Names))]
    public async Task Its_page_is_well_formed(string name)
    {
        CommandResult result = (await Command.RunAsync(["lab", name, "--html", "-"])).Expect(0);
        XDocument page = XDocument.Parse(result.Text["<!DOCTYPE html>\n".Length..]);
        Assert.NotEmpty(page.Descendants("code"));
        Assert.DoesNotContain("http://", result.Text, StringComparison.Ordinal);
        Assert.DoesNotContain("https://", result.Text, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Json_tells_what_happened_and_the_verdict()
    {
        JsonElement told = Json((await Command.RunAsync(["lab", "leftovers", "--json"])).Expect(0));
        Assert.Equal("leftovers", told.GetProperty("name").GetString());
        Assert.Equal("A receive smaller than the message", told.GetProperty("title").GetString());
        Assert.Equal("as_expected", told.GetProperty("verdict").GetString());
        Assert.Contains(told.GetProperty("claims").EnumerateArray(), claim => claim.GetProperty("holds").GetBoolean() && claim.GetProperty("seen").GetString() == "\"hell\"");
        JsonElement first = told.GetProperty("events").EnumerateArray().First(one => one.GetProperty("call").GetString()!.StartsWith("send", StringComparison.Ordinal));
        Assert.Equal(("sender", "68656c6c6f20776f726c64"), (first.GetProperty("lane").GetString(), first.GetProperty("bytes").GetString()));
        Assert.True(first.GetProperty("at_us").GetInt64() > 0);
    }

    [Fact]
    public async Task The_list_and_the_layers_are_json_lines()
    {
        string[] list = (await Command.RunAsync(["lab", "list", "--json"])).Expect(0).Text.TrimEnd().Split('\n');
        Assert.Equal(Laboratory.All.Select(one => one.Name), list.Select(line => JsonDocument.Parse(line).RootElement.GetProperty("name").GetString()));
        Assert.All(list, line => Assert.False(JsonDocument.Parse(line).RootElement.TryGetProperty("verdict", out _)));
        string[] layers = (await Command.RunAsync(["lab", "layers", "--json"])).Expect(0).Text.TrimEnd().Split('\n');
        Assert.Equal(7, layers.Length);
    }

    [Fact]
    public async Task An_experiment_that_does_not_exist_is_wrong_usage() =>
        Assert.Contains("switchboard lab nagle", (await Command.RunAsync(["lab", "nagl"])).Expect(2).Error, StringComparison.Ordinal);

    [Fact]
    public async Task The_background_is_told_when_asked_for_in_the_language_asked_for()
    {
        Assert.DoesNotContain("RFC 896", (await Command.RunAsync(["lab", "nagle"])).Expect(0).Text, StringComparison.Ordinal);
        string told = (await Command.RunAsync(["lab", "nagle", "--explain", "--lang", "zh"])).Expect(0).Text;
        Assert.Contains("RFC 896", told, StringComparison.Ordinal);
        Assert.Contains("与预期一致", told, StringComparison.Ordinal);
    }

    private static JsonElement Json(CommandResult result) => JsonDocument.Parse(result.Text.Trim()).RootElement;

    private static string Told(Outcome outcome) => string.Join('\n', outcome.Trace.Claims.Where(claim => !claim.Holds).Select(claim => $"{claim.Expected.En} (seen: {claim.Seen})"));

    /// <summary>Two busy threads for each processor.</summary>
    private sealed class Load : IDisposable
    {
        private volatile bool _over;

        public Load()
        {
            for (int i = 0; i < 2 * Environment.ProcessorCount; i++)
            {
                new Thread(() => Burn()) { IsBackground = true }.Start();
            }
        }

        public void Dispose() => _over = true;

        private void Burn()
        {
            while (!_over)
            {
                Thread.SpinWait(1_000);
            }
        }
    }
}
