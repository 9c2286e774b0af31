using System.Security.Cryptography;
using System.Text;
using Switchboard.Protocol;
using Xunit;

namespace Switchboard.Tests.Protocol;

public class NfcTests
{
    // Vectors of NormalizationTest.txt (Unicode 14), and texts that must stay as they are.
    [Theory]
    [InlineData("", "")]
    [InlineData("plain", "plain")]
    [InlineData("文件é", "文件é")]
    [InlineData("e\u0301", "\u00e9")]
    [InlineData("\u1E0A\u0323", "\u1E0C\u0307")]
    [InlineData("D\u0307\u0323", "\u1E0C\u0307")]
    [InlineData("\u212B", "\u00C5")]
    [InlineData("\uF900", "\u8C48")]
    [InlineData("\u1100\u1161\u11A8", "\uAC01")]
    [InlineData("\uAC00\u11A8", "\uAC01")]
    [InlineData("\u0958", "\u0915\u093C")]
    [InlineData("a\u0301\u0301", "\u00e1\u0301")]
    [InlineData("\u0301a", "\u0301a")]
    [InlineData("\U0001D15E", "\U0001D157\U0001D165")]
    [InlineData("\U00011099\U000110BA", "\U0001109A")]
    public void One_spelling_for_what_looks_the_same(string text, string normal) => Assert.Equal(normal, Nfc.Normalize(text));

    [Fact]
    public void Halves_of_characters_stay() => Assert.Equal("\ud800\u00e9", Nfc.Normalize("\ud800e\u0301"));

    // The expected digest was computed with Python's unicodedata (14.0.0), over the same texts.
    [Fact]
    public void Every_character_of_Unicode_14_comes_out_as_another_implementation_has_it()
    {
        using var all = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        foreach (var point in Enumerable.Range(0, 0x30000).Where(point => point is < 0xD800 or > 0xDFFF))
        {
            var c = char.ConvertFromUtf32(point);
            all.AppendData(Encoding.UTF8.GetBytes($"{Nfc.Normalize(c)}\n{Nfc.Normalize($"a\u0323{c}\u0301")}\n"));
        }
        Assert.Equal("13cb3b221c95d6dbfcc8365e5a175ab4b192bf99b84deffaff3ddc7b46226946", Convert.ToHexStringLower(all.GetHashAndReset()));
    }
}
