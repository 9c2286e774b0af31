using System.Text;
using Switchboard.Cli.Output;
using Switchboard.Cli.Terminal;
using Switchboard.Protocol;

namespace Switchboard.Tests.Cli;

public sealed class TerminalTests
{
    [Theory]
    [InlineData("abc", 3)]
    [InlineData("中文", 4)]
    [InlineData("é", 1)]
    [InlineData("e\u0301", 1)]
    [InlineData("ｶﾅ", 2)]
    [InlineData("カナ", 4)]
    [InlineData("한글", 4)]
    [InlineData("（，）", 6)]
    [InlineData("😀", 2)]
    [InlineData("𠀀", 2)]
    [InlineData("→…", 2)]
    [InlineData("\u200B", 0)]
    public void Width_counts_east_asian_as_two_and_marks_as_none(string text, int expected) => Assert.Equal(expected, TextWidth.Of(text));

    [Theory]
    [InlineData("中文文件名", 5, "中文…")]
    [InlineData("中文文件名", 6, "中文…")]
    [InlineData("abcdef", 4, "abc…")]
    [InlineData("abc", 3, "abc")]
    [InlineData("中", 1, "…")]
    [InlineData("x", 0, "")]
    public void Cutting_never_splits_a_wide_character_nor_goes_over(string text, int width, string expected)
    {
        Assert.Equal(expected, TextWidth.Cut(text, width));
        Assert.Equal(width, TextWidth.Of(TextWidth.Fit(text, width)));
    }

    [Fact]
    public void Chinese_wraps_anywhere_but_not_before_closing_punctuation()
    {
        var lines = TextWidth.Wrap("断了从断处接着传，到达的都经过校验。", 16);
        Assert.All(lines, l => Assert.DoesNotMatch("^[，。]", l));
        Assert.Equal("断了从断处接着传，到达的都经过校验。", string.Concat(lines));
        Assert.All(lines, l => Assert.InRange(TextWidth.Of(l), 1, 18));
    }

    [Theory]
    [InlineData(20)]
    [InlineData(40)]
    [InlineData(60)]
    [InlineData(80)]
    [InlineData(132)]
    public void The_progress_line_never_fills_the_last_column(int width)
    {
        foreach (Language language in Enum.GetValues<Language>())
        {
            var state = new ProgressState(123_456_789, 987_654_321, 1_234, 100_000, "照片/二〇二六年春节/全家福.jpg", 45_600_000);
            string line = ProgressLine.Render(state, width, language);
            Assert.InRange(TextWidth.Of(line), 1, width - 1);
            Assert.Contains("12%", line);
        }
    }

    [Fact]
    public void The_progress_line_tells_percent_bytes_speed_time_left_and_files()
    {
        var state = new ProgressState(50L << 20, 100L << 20, 3, 10, "a.bin", 10 << 20);
        Assert.Equal("a.bin  [###########...........]   50%  50 MiB/100 MiB  10 MiB/s  0:05 left  3/10 files", ProgressLine.Render(state, 87, Language.English));
        string chinese = ProgressLine.Render(state, 80, Language.Chinese);
        Assert.Contains("剩 0:05", chinese);
        Assert.Contains("3/10 个文件", chinese);
        Assert.Equal(" 50%", ProgressLine.Render(state, 8, Language.English));
    }

    [Fact]
    public void Percent_is_100_only_when_all_is_done()
    {
        Assert.Contains(" 99%", ProgressLine.Render(new(999_999, 1_000_000, 0, 1, null, 0), 80, Language.English));
        Assert.Contains("100%", ProgressLine.Render(new(1_000_000, 1_000_000, 1, 1, null, 0), 80, Language.English));
        Assert.Contains("100%", ProgressLine.Render(new(0, 0, 1, 1, null, 0), 80, Language.English));
        Assert.DoesNotContain("%", ProgressLine.Render(new(5_000, null, 0, null, null, 0), 80, Language.English));
    }

    [Fact]
    public void A_hostile_name_cannot_move_the_cursor() =>
        Assert.DoesNotContain('\e', ProgressLine.Render(new(1, 2, 0, 1, "a\e[2Jb", 0), 80, Language.English));

    private static (LineEditor Editor, Edit Last) Type(string bytes, params string[] history)
    {
        var editor = new LineEditor([.. history]);
        var keys = new KeyDecoder();
        Edit last = Edit.Going;
        // One byte at a time: no sequence may depend on how a terminal groups its bytes.
        foreach (byte b in Encoding.UTF8.GetBytes(bytes))
        {
            keys.Feed([b]);
            while (keys.TryNext(out Key key))
            {
                last = editor.Press(key);
            }
        }
        return (editor, last);
    }

    [Theory]
    [InlineData("abc", "abc")]
    [InlineData("ac\e[Db", "abc")]
    [InlineData("ac\eODb", "abc")]
    [InlineData("bc\x01" + "a", "abc")]
    [InlineData("bc\e[Ha\e[Fd", "abcd")]
    [InlineData("abx\x7F" + "c", "abc")]
    [InlineData("axbc\x01\e[C\e[3~", "abc")]
    [InlineData("one two\x17" + "2", "one 2")]
    [InlineData("one two\eb\x0B", "one ")]
    [InlineData("one two\eb\x15", "two")]
    [InlineData("one two\x15\x19\x19", "one twoone two")]
    [InlineData("中文x\e[D\x7F", "中x")]
    [InlineData("e\u0301x\e[D\x7F", "x")]
    [InlineData("one two three\e[1;5D\e[1;5DX", "one Xtwo three")]
    [InlineData("a\e[99;99Xb", "ab")]
    [InlineData("😀\x7F", "")]
    public void Keys_edit_the_line(string typed, string expected) => Assert.Equal(expected, Type(typed).Editor.Text);

    [Fact]
    public void History_goes_up_and_down_and_keeps_what_was_begun()
    {
        Assert.Equal("second", Type("dra\e[A", "first", "second").Editor.Text);
        Assert.Equal("first", Type("dra\e[A\e[A\e[A", "first", "second").Editor.Text);
        Assert.Equal("draft", Type("dra\e[A\e[A\e[B\e[Bft", "first", "second").Editor.Text);
    }

    [Theory]
    [InlineData("x\r", nameof(Edit.Accepted))]
    [InlineData("x\x03", nameof(Edit.Cancelled))]
    [InlineData("\x04", nameof(Edit.EndOfInput))]
    [InlineData("x\x04", nameof(Edit.Going))]
    [InlineData("x\t", nameof(Edit.WantsCompletion))]
    public void Some_keys_end_the_line_or_ask_for_names(string typed, string expected) => Assert.Equal(expected, Type(typed).Last.ToString());

    [Fact]
    public void A_pasted_flood_is_bounded() => Assert.Equal(LineEditor.MaxLength, Type(new string('a', LineEditor.MaxLength + 100)).Editor.Text.Length);

    [Fact]
    public void The_cursor_is_put_behind_wide_characters()
    {
        Assert.Equal("\r\e[K> 中文\r\e[6C", Type("中文").Editor.Render("> ", 80));
        Assert.Equal("\r\e[K> 中文\r\e[4C", Type("中文\e[D").Editor.Render("> ", 80));
    }

    [Fact]
    public void A_long_line_scrolls_sideways_and_never_reaches_the_last_column()
    {
        string drawn = Type(string.Concat(Enumerable.Repeat("中文ab", 20))).Editor.Render("> ", 40);
        string shown = drawn[4..drawn.LastIndexOf('\r')];
        Assert.InRange(TextWidth.Of(shown), 20, 39);
        Assert.EndsWith("ab", shown);
    }

    [Fact]
    public void Invalid_bytes_and_lone_escapes_are_no_text()
    {
        var keys = new KeyDecoder();
        keys.Feed([0xFF, (byte)'a', 0x1B]);
        Assert.True(keys.TryNext(out Key first));
        Assert.Equal(KeyKind.Unknown, first.Kind);
        Assert.True(keys.TryNext(out Key second));
        Assert.Equal(new Rune('a'), second.Rune);
        Assert.False(keys.TryNext(out _));
        Assert.True(keys.TryNext(out Key lone, atRest: true));
        Assert.Equal(KeyKind.Unknown, lone.Kind);
    }

    [Fact]
    public void Completion_inserts_what_all_names_share()
    {
        var editor = Type("get ph").Editor;
        var completion = new Completion("ph", ["photos/", "photos.zip "]);
        editor.Replace(completion.Replaced.Length, completion.Insertion);
        Assert.Equal("get photos", editor.Text);
        Assert.Equal("照", new Completion("", ["照片/", "照常 "]).Insertion);
        Assert.Equal("", new Completion("", ["😀", "😁"]).Insertion);
        Assert.All(new Completion("", [.. Enumerable.Range(0, 30).Select(i => $"照片{i}")]).Columns(40), l => Assert.InRange(TextWidth.Of(l), 1, 40));
    }
}
