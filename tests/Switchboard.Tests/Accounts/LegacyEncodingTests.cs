using System.Text;
using Switchboard.Protocol;
using Switchboard.Server.Services.Accounts;

namespace Switchboard.Tests.Accounts;

public class LegacyEncodingTests
{
    public static TheoryData<string> Known => [.. LegacyEncoding.Known];

    [Theory]
    [MemberData(nameof(Known))]
    public void Bytes_that_end_lines_or_names_mean_only_that_in_every_encoding(string name)
    {
        var encoding = LegacyEncoding.Of(name);

        Assert.Equal(name, LegacyEncoding.Parse(name.ToUpperInvariant()));
        foreach (var special in "\0\n\r /"u8.ToArray())
        {
            Assert.Equal(((char)special).ToString(), encoding.GetString([special]));
            for (var lead = 0x80; lead <= 0xFF; lead++)
            {
                // Behind any byte that could begin a pair it is itself, or the pair is refused; it is never swallowed.
                Assert.True(Keeps(encoding, (byte)lead, special), $"{name}: {lead:x2} {special:x2}");
            }
        }
    }

    [Theory]
    [InlineData("gbk", "中文.txt", "d6d0cec42e747874")]
    [InlineData("big5", "中文", "a4a4a4e5")]
    [InlineData("shift_jis", "日本", "93fa967b")]
    [InlineData("euc-kr", "한국", "c7d1b1b9")]
    [InlineData("windows-1251", "файл", "f4e0e9eb")]
    [InlineData("koi8-r", "файл", "c6c1cacc")]
    [InlineData("iso-8859-1", "é", "e9")]
    [InlineData("gb18030", "€", "a2e3")]
    public void Names_are_spelled_as_old_clients_do(string name, string text, string bytes)
    {
        Assert.Equal(bytes, Convert.ToHexStringLower(LegacyEncoding.Of(name).GetBytes(text)));
        Assert.Equal(text, LegacyEncoding.Of(name).GetString(Convert.FromHexString(bytes)));
    }

    [Theory]
    [InlineData("CP936", "gbk")]
    [InlineData("cp1251", "windows-1251")]
    [InlineData("latin1", "iso-8859-1")]
    [InlineData("gb2312", "gbk")]
    public void Other_names_of_an_encoding_are_understood(string given, string stored) => Assert.Equal(stored, LegacyEncoding.Parse(given));

    [Theory]
    [InlineData("utf-8")]
    [InlineData("utf-16")]
    [InlineData("utf-7")]
    [InlineData("iso-2022-jp")]
    [InlineData("hz-gb-2312")]
    [InlineData("ebcdic-cp-us")]
    [InlineData("")]
    [InlineData("klingon")]
    public void What_is_none_is_refused_and_those_that_are_known_are_named(string name)
    {
        var refused = Assert.Throws<RefusedException>(() => LegacyEncoding.Parse(name));

        Assert.Equal(RefusalCode.BadRequest, refused.Code);
        Assert.Contains("gbk", refused.Refusal.Detail, StringComparison.Ordinal);
    }

    [Fact]
    public void Characters_an_encoding_does_not_have_show_as_unknown_and_bytes_that_are_no_text_are_refused()
    {
        Assert.Equal("?.txt"u8.ToArray(), LegacyEncoding.Of("iso-8859-1").GetBytes("中.txt"));
        Assert.Throws<DecoderFallbackException>(() => LegacyEncoding.Of("gbk").GetString([0xd6]));
    }

    [Fact]
    public async Task An_account_has_its_encoding_from_the_next_login_on()
    {
        await using var house = new AccountsHouse();
        var added = await house.Accounts.AddAsync(house.Operator, "li", AccountsHouse.VerifierOf(AccountsHouse.Password), null, null, "GBK");
        Assert.Equal("gbk", added.FtpEncoding);
        Assert.Equal("gbk", (await LoginAsync(house)).FtpEncoding);

        await house.Accounts.SetAsync(house.Operator, "li", new AccountSettings { Quota = 5 });
        Assert.Equal("gbk", Assert.Single(await house.Accounts.ListAsync(house.Operator, "li")).FtpEncoding);
        await house.Accounts.SetAsync(house.Operator, "li", new AccountSettings { FtpEncoding = "cp950" });
        Assert.Equal("big5", (await LoginAsync(house)).FtpEncoding);
        await house.Accounts.SetAsync(house.Operator, "li", new AccountSettings { FtpEncoding = "None" });

        using var session = await house.EnterAsync(await LoginAsync(house));
        Assert.Null(session.Caller.FtpEncoding);
        await AccountsHouse.RefusedAsync(
            RefusalCode.BadRequest, () => house.Accounts.SetAsync(house.Operator, "li", new AccountSettings { FtpEncoding = "utf-9" }));
    }

    private static Task<Caller> LoginAsync(AccountsHouse house) =>
        house.Accounts.LoginWithPasswordAsync("li", AccountsHouse.Password, AccountsHouse.From("192.0.2.9"), default);

    private static bool Keeps(Encoding encoding, byte lead, byte special)
    {
        try
        {
            return encoding.GetString([lead, special]).EndsWith((char)special);
        }
        catch (DecoderFallbackException)
        {
            return true;
        }
    }
}
