using System.Text;
using Switchboard.Protocol;
using Switchboard.Server.Doors.Ftp.Control;
using Switchboard.Server.Doors.Ftp.Data;

namespace Switchboard.Tests.Ftp;

public sealed class ListingLinesTests
{
    private static readonly DateTimeOffset Now = new(2026, 11, 20, 12, 0, 0, TimeSpan.Zero);

    [Theory]
    [InlineData("file", 1234, 0b110_100_100, "2026-11-19T08:07:06Z", "-rw-r--r--   1 owner    group            1234 Nov 19 08:07 name\r\n")]
    [InlineData("folder", 0, 0b111_101_101, "2026-02-03T00:00:00Z", "drwxr-xr-x   1 owner    group               0 Feb  3  2026 name\r\n")]
    [InlineData("link", 0, 0b111_111_111, "2019-12-31T23:59:59Z", "lrwxrwxrwx   1 owner    group               0 Dec 31  2019 name\r\n")]
    [InlineData("file", 1234567890123, 0, "2027-12-01T00:00:00Z", "----------   1 owner    group    1234567890123 Dec  1  2027 name\r\n")]
    public void A_long_line_looks_like_ls(string type, long size, int mode, string modified, string line) =>
        Assert.Equal(line, Write(ListingForm.Long, MlsFacts.All, EntryOf("name", type, size, mode, modified)));

    [Theory]
    [InlineData("file", 5, "type=file;size=5;modify=20261119080706;perm=adfrw;UNIX.mode=0644; name\r\n")]
    [InlineData("folder", 0, "type=dir;modify=20261119080706;perm=cdeflmp;UNIX.mode=0644; name\r\n")]
    [InlineData("link", 0, "type=OS.unix=symlink;size=0;modify=20261119080706;perm=df;UNIX.mode=0644; name\r\n")]
    public void Facts_are_those_of_RFC_3659(string type, long size, string line) =>
        Assert.Equal(line, Write(ListingForm.Machine, MlsFacts.All, EntryOf("name", type, size, 0b110_100_100, "2026-11-19T08:07:06Z")));

    [Fact]
    public void Only_the_chosen_facts_are_told() =>
        Assert.Equal("size=5; name\r\n", Write(ListingForm.Machine, MlsFacts.Size, EntryOf("name", "file", 5, 0, "2026-11-19T08:07:06Z")));

    [Fact]
    public void A_time_before_1970_is_told_right() =>
        Assert.Equal("modify=19691231235958; name\r\n", Write(ListingForm.Machine, MlsFacts.Modify, EntryOf("name", "file", 5, 0, "1969-12-31T23:59:58.5Z")));

    [Theory]
    [InlineData("a\r\n-rw-r--r-- forged")]
    [InlineData("a\nb")]
    [InlineData("a\u0000\u001b[31mb\u007f")]
    public void A_name_stays_within_its_line(string name)
    {
        foreach (var form in Enum.GetValues<ListingForm>())
        {
            var line = Write(form, MlsFacts.All, EntryOf(name, "file", 0, 0, "2026-01-01T00:00:00Z"));
            Assert.Equal(line.Length - 2, line.IndexOfAny(['\r', '\n', '\0', '\u001b', '\u007f']));
        }
    }

    [Fact]
    public void The_longest_name_fits()
    {
        var path = string.Join('/', Enumerable.Repeat(new string('\u6587', 85), 32));
        Assert.EndsWith(path + "\r\n", Write(ListingForm.Machine, MlsFacts.All, EntryOf(path, "file", long.MaxValue, 0, "9999-12-31T00:00:00Z")));
    }

    [Fact]
    public void Names_go_in_the_account_s_old_encoding()
    {
        var names = new NameEncoding();
        names.Enter("gbk", utf8Asked: false);
        var line = new byte[ListingLines.MostBytes];
        var written = new ListingLines(ListingForm.Names, MlsFacts.All, names, Now).Write(EntryOf("\u6587\u4ef6", "file", 0, 0, "2026-01-01T00:00:00Z"), line);
        Assert.Equal("CEC4BCFE0D0A", Convert.ToHexString(line.AsSpan(0, written)));
        Assert.Equal("\u6587\u4ef6", names.Decode(line.AsSpan(0, 4)));
        Assert.True(names.TryUse(utf8: true));
        Assert.Null(names.Decode(line.AsSpan(0, 4)));
    }

    private static Entry EntryOf(string name, string type, long size, int mode, string modified) => new()
    {
        Path = name,
        Type = type,
        Size = size,
        Mode = mode,
        Modified = (long)(DateTimeOffset.Parse(modified, System.Globalization.CultureInfo.InvariantCulture) - DateTimeOffset.UnixEpoch).TotalMicroseconds,
    };

    private static string Write(ListingForm form, MlsFacts facts, Entry entry)
    {
        var line = new byte[ListingLines.MostBytes];
        var written = new ListingLines(form, facts, new NameEncoding(), Now).Write(entry, line);
        return Encoding.UTF8.GetString(line, 0, written);
    }
}
