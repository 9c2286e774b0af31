using Switchboard.Protocol;
using Xunit;

namespace Switchboard.Tests.Protocol;

public class TextTests
{
    [Theory]
    [InlineData("plain 文件.txt", "plain 文件.txt")]
    [InlineData("\U0001F600", "\U0001F600")]
    [InlineData("a\r\nb\t", @"a\u{d}\u{a}b\u{9}")]
    [InlineData("\u001b]0;x\u0007", @"\u{1b}]0;x\u{7}")]
    [InlineData("\u007f\u009b", @"\u{7f}\u{9b}")]
    [InlineData("\u202a\u202e\u2066\u2069", @"\u{202a}\u{202e}\u{2066}\u{2069}")]
    [InlineData("", "")]
    public void Text_of_others_is_shown_without_what_could_fool_a_terminal(string text, string shown) =>
        Assert.Equal(shown, Printable.Escape(text));

    [Fact] // attributes are kept in UTF-8, which has no lone surrogates
    public void Halves_of_characters_are_shown_as_what_they_are() =>
        Assert.Equal(@"x\u{d800}y\u{dc00}😀\u{d83d}", Printable.Escape("x\ud800y\udc00\ud83d\ude00\ud83d"));

    [Theory]
    [InlineData(0, "0 bytes", "0 字节")]
    [InlineData(1, "1 byte", "1 字节")]
    [InlineData(1023, "1023 bytes", "1023 字节")]
    [InlineData(1024, "1 KiB", "1 KiB")]
    [InlineData(1536, "1.5 KiB", "1.5 KiB")]
    [InlineData(10 * 1024 + 512, "11 KiB", "11 KiB")]
    [InlineData(1024 * 1024 - 1, "1 MiB", "1 MiB")]
    [InlineData(20L << 30, "20 GiB", "20 GiB")]
    [InlineData(long.MaxValue, "8 EiB", "8 EiB")]
    [InlineData(-2048, "-2 KiB", "-2 KiB")]
    public void Sizes_are_shown_in_binary_units(long bytes, string english, string chinese)
    {
        Assert.Equal(english, ByteSize.ToText(bytes, Language.English));
        Assert.Equal(chinese, ByteSize.ToText(bytes, Language.Chinese));
    }

    [Theory]
    [InlineData("zh", Language.Chinese)]
    [InlineData("zh_CN.UTF-8", Language.Chinese)]
    [InlineData("ZH-Hans-CN", Language.Chinese)]
    [InlineData("zhx", Language.English)]
    [InlineData("en_US.UTF-8", Language.English)]
    [InlineData("C", Language.English)]
    [InlineData("", Language.English)]
    [InlineData(null, Language.English)]
    public void A_locale_chooses_the_language(string? tag, Language expected) => Assert.Equal(expected, Languages.Parse(tag));

    [Fact]
    public void A_token_is_read_back_as_it_was_written()
    {
        var token = new DeviceToken("k3J-x", DeviceToken.NewSecret());
        Assert.True(DeviceToken.TryParse(token.ToString(), out var back));
        Assert.Equal(token, back);
        Assert.NotEqual(DeviceToken.NewSecret(), DeviceToken.NewSecret());
    }

    [Theory]
    [InlineData(null)]
    [InlineData("")]
    [InlineData("sbt_")]
    [InlineData("sbt__AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA")]
    [InlineData("sbt_a_AAAA")]
    [InlineData("sbt_a")]
    [InlineData("sbt_a b_AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA")]
    [InlineData("sbt_a_AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA!")]
    [InlineData("xyz_a_AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA")]
    public void What_is_no_token_is_told_apart(string? text) => Assert.False(DeviceToken.TryParse(text, out _));
}
