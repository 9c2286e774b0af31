using System.Text.RegularExpressions;
using System.Xml.Linq;
using Switchboard.Lab;
using Switchboard.Lab.Checks;
using Switchboard.Lab.Pages;
using Switchboard.Protocol;

namespace Switchboard.Tests.Lab;

/// <summary>The laboratory without a socket: verdicts, pages, words. The experiments themselves run end to end.</summary>
public sealed partial class LabTests
{
    private static Experiment Of(Action<Trace> run) => new("one", ("One <title>", "一个标题"), bench => run(bench.Trace))
    {
        Expects = ("Something.", "某事。"),
        Background = ("Because.", "因为。"),
    };

    private static Outcome Run(Action<Trace> run, int? turned = null) => Of(run).RunAsync(turned, CancellationToken.None).GetAwaiter().GetResult();

    [Fact]
    public void Reality_that_differs_is_not_as_expected() => Assert.False(Run(trace => trace.Expect(("a number", "数"), 1, 2)).IsAsExpected);

    [Fact]
    public void An_experiment_that_states_nothing_proves_nothing() => Assert.False(Run(_ => { }).IsAsExpected);

    [Fact]
    public void An_experiment_that_fails_on_its_way_is_not_as_expected()
    {
        Outcome outcome = Run(trace =>
        {
            trace.Expect(("a number", "数"), 1, 1);
            throw new IOException("the wire is cut");
        });
        Assert.False(outcome.IsAsExpected);
        Assert.Equal("the wire is cut", outcome.Trace.Claims[^1].Seen);
    }

    [Fact]
    public void A_turned_expectation_changes_the_verdict_of_its_claim_alone()
    {
        Outcome outcome = Run(trace =>
        {
            trace.Expect(("first", "第一"), 1, 1);
            trace.Expect(("second", "第二"), "a"u8, "a"u8);
        }, turned: 1);
        Assert.Equal([true, false], outcome.Trace.Claims.Select(claim => claim.Holds));
    }

    [Fact]
    public void A_trace_is_bounded_and_counts_what_it_drops()
    {
        Outcome outcome = Run(trace =>
        {
            for (int i = 0; i < Trace.MostEvents + 7; i++)
            {
                trace.Add(Lane.Sender, "send()");
            }
        });
        Assert.Equal((Trace.MostEvents, 7), (outcome.Trace.Events.Count, outcome.Trace.Dropped));
    }

    [Theory]
    [InlineData("hello\n", "\"hello\\n\"")]
    [InlineData("你好", "\"你好\"")]
    [InlineData("", "\"\"")]
    [InlineData("\u202Ex", "\"\\u{202e}x\"")]
    public void Text_is_shown_as_text(string text, string shown) => Assert.Equal(shown, ByteText.Of(System.Text.Encoding.UTF8.GetBytes(text).AsSpan()));

    [Fact]
    public void Other_bytes_are_shown_in_hexadecimal_and_long_ones_are_counted()
    {
        Assert.Equal("[00 ff]", ByteText.Of([0x00, 0xFF]));
        Assert.Equal("[" + string.Join(' ', Enumerable.Repeat("ff", 20)) + " …] (1,000)", ByteText.Of(Enumerable.Repeat((byte)0xFF, 1000).ToArray().AsSpan()));
        Assert.EndsWith("好…\" (300)", ByteText.Of(System.Text.Encoding.UTF8.GetBytes(string.Concat(Enumerable.Repeat("好", 100))).AsSpan()), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(Language.English)]
    [InlineData(Language.Chinese)]
    public void A_page_is_well_formed_and_needs_nothing_from_outside(Language language)
    {
        string page = HtmlPage.Render(Sample(), language);
        XDocument read = XDocument.Parse(page[page.IndexOf('\n')..]);
        Assert.Equal(language.Tag(), read.Root!.Attribute("lang")!.Value);
        Assert.DoesNotMatch(Outside(), page);
        Assert.Equal(4, read.Descendants().Count(e => ((string?)e.Attribute("class"))?.StartsWith("event", StringComparison.Ordinal) == true));
    }

    [Fact]
    public void A_page_colours_each_byte_by_the_send_it_came_from()
    {
        XDocument read = XDocument.Parse(HtmlPage.Render(Sample(), Language.English)["<!DOCTYPE html>\n".Length..]);
        XElement received = read.Descendants("div").Last(e => (string?)e.Attribute("class") == "bytes");
        Assert.Equal("b0 b0 b1", string.Join(' ', received.Elements("i").Select(e => e.Attribute("class")!.Value)));
    }

    private static Outcome Sample() => Run(trace =>
    {
        trace.Part(("<script>alert(1)</script> & more", "部分"));
        trace.Add(Lane.Sender, "send(\"ab\")", "2", null, [.. "ab"u8], new Stretch("s", 0, IsSent: true));
        trace.Add(Lane.Sender, "send(\"<\")", "1", ("why", "为何"), [.. "<"u8], new Stretch("s", 2, IsSent: true));
        trace.Add(Lane.Kernel, "\u001b[31m\u0000");
        trace.Add(Lane.Receiver, "recv(9)", "\"ab<\"", null, [.. "ab<"u8], new Stretch("s", 0, IsSent: false));
        trace.Expect(("a", "甲"), 1, 2);
    });

    [Fact]
    public void Every_experiment_says_what_it_is_in_both_languages()
    {
        Assert.Distinct(Laboratory.All.Select(one => one.Name));
        Assert.All(Laboratory.All, one =>
        {
            Assert.Matches("^[a-z0-9-]+$", one.Name);
            Assert.All(new[] { one.Title, one.Expects, one.Background }, InBoth);
        });
        Assert.All(Laboratory.Groups, group => InBoth(group.Title));
        Assert.All(Judge.Kinds.SelectMany(kind => kind.Rules), rule => InBoth(rule.Title));
    }

    [Theory]
    [InlineData("docs/lab.md", Language.English)]
    [InlineData("docs/lab.zh-CN.md", Language.Chinese)]
    public void The_page_has_every_rule_and_every_experiment(string path, Language language)
    {
        string page = File.ReadAllText(Path.Combine(HouseTests.Root, path));
        Assert.All(Judge.Kinds, kind => Assert.Contains($"## `{kind.Name}`", page, StringComparison.Ordinal));
        Assert.All(Judge.Kinds.SelectMany(kind => kind.Rules), rule => Assert.Contains($"| {rule.Id} | {rule.Title.In(language)} |", page, StringComparison.Ordinal));
        Assert.All(Laboratory.All, one => Assert.Contains($"| `{one.Name}` | {one.Title.In(language)} |", page, StringComparison.Ordinal));
    }

    [Fact]
    public void The_layers_go_from_seven_to_one() => Assert.Equal([7, 6, 5, 4, 3, 2, 1], Layers.All.Select(layer => layer.Osi));

    private static void InBoth(Words words)
    {
        Assert.Matches("[a-z]", words.En);
        Assert.Matches(@"\p{IsCJKUnifiedIdeographs}", words.Zh);
    }

    [GeneratedRegex(@"https?://|//[a-z]|url\(|@import|\bsrc=|<link|\bfetch\b|XMLHttp", RegexOptions.IgnoreCase)]
    private static partial Regex Outside();
}
