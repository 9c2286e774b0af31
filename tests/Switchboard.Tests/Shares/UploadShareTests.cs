using System.Text;
using Switchboard.Protocol;
using Switchboard.Server.Services.Accounts;
using Switchboard.Server.Services.Files;
using Switchboard.Server.Services.Shares;
using static Switchboard.Tests.Files.FilesFixture;
using static Switchboard.Tests.Shares.SharesHouse;

namespace Switchboard.Tests.Shares;

public class UploadShareTests
{
    [Fact]
    public async Task Files_come_into_the_folder_replace_nothing_and_nothing_is_read_back()
    {
        await using var house = await OpenUpAsync(quota: 10_000);
        await house.Home.PutAsync("in/a.txt", Bytes(10), parents: true);
        var open = await house.OpenAsync(await house.AddAsync("in", upload: true));

        var stored = await SendAsync(open, "a.txt", Bytes(100, 2), Hex(Bytes(100, 2)));

        Assert.Equal(("a.txt", 100L), (stored.Path, stored.Total));
        Assert.Equal(["in/a (1).txt", "in/a.txt"], house.FilesAtHome());
        Assert.Equal(Bytes(10), await house.Home.ReadAsync("in/a.txt"));
        Assert.Equal(Bytes(100, 2), await house.Home.ReadAsync("in/a (1).txt"));
        Assert.Equal(110, house.Home.Files.Space(house.Ann).Used);
        Assert.Equal(("in", null, null), (open.Name, open.Size, open.Sha256));
        Assert.Equal(RefusalCode.ShareUnknown, await RefusedAsync(() => open.OpenReadAsync(0, null)));
        var entry = Assert.Single(await house.Shares.ListAsync(house.Ann));
        Assert.Equal((1L, 100L, 100, 1024L * 1024 * 1024, "upload"), (entry.UsedCount, entry.UsedBytes, entry.Count!.Value, entry.Bytes!.Value, entry.Kind));
        Assert.Contains(await house.AuditAsync(), record => record is { Action: "share-use", Account: "ann", From: Stranger });
    }

    [Theory]
    [InlineData("../../etc/passwd", "passwd")]
    [InlineData("..", "file")]
    [InlineData(".", "file")]
    [InlineData("", "file")]
    [InlineData("/", "file")]
    [InlineData("C:\\Users\\x\\pic.jpg", "pic.jpg")]
    [InlineData(".bashrc", "_bashrc")]
    [InlineData("a\0b\nc", "abc")]
    [InlineData("x\u202egpj.exe", "xgpj.exe")]
    [InlineData("a:b*c?.txt", "a_b_c_.txt")]
    [InlineData("ends. . ", "ends")]
    [InlineData("照片 2026.jpg", "照片 2026.jpg")]
    [InlineData("\ud800x", "x")]
    public async Task Names_lead_nowhere_and_do_no_harm(string given, string safe)
    {
        await using var house = await OpenUpAsync();
        await house.Home.PutAsync("out", Bytes(1));
        await house.Home.Files.MakeFolderAsync(house.Ann, "in", false, null, null);
        var open = await house.OpenAsync(await house.AddAsync("in", upload: true));

        Assert.Equal(safe, (await SendAsync(open, given, Bytes(3))).Path);
        Assert.Equal([$"in/{safe}", "out"], house.FilesAtHome());
    }

    [Fact]
    public async Task A_name_of_any_length_is_cut_and_keeps_its_extension_and_room_for_a_number()
    {
        await using var house = await OpenUpAsync();
        var open = await house.OpenAsync(await house.AddAsync("/", upload: true));
        await SendAsync(open, new string('文', 5000) + ".tar.gz", Bytes(1));
        await SendAsync(open, new string('文', 5000) + ".tar.gz", Bytes(2));
        await SendAsync(open, "a." + new string('b', 5000), Bytes(3));

        var names = house.FilesAtHome();
        Assert.Equal(3, names.Length);
        Assert.All(names, name => Assert.InRange(Encoding.UTF8.GetByteCount(name), 1, RemotePath.NameLimit));
        Assert.Equal(2, names.Count(name => name.EndsWith(".gz", StringComparison.Ordinal)));
    }

    [Fact]
    public async Task Files_and_bytes_are_bounded_exactly_however_many_come_at_once()
    {
        await using var house = await OpenUpAsync();
        var byCount = await house.AddAsync("/", upload: true, count: 5);
        var byBytes = await house.AddAsync("/", upload: true, bytes: 5_500);

        Assert.Equal(5, await TryManyAsync(house, byCount, "c"));
        Assert.Equal(5, await TryManyAsync(house, byBytes, "b"));

        var shares = await house.Shares.ListAsync(house.Ann);
        Assert.All(shares, share => Assert.Equal((5L, 5000L), (share.UsedCount, share.UsedBytes)));
        Assert.Equal([true, false], shares.OrderBy(share => share.Count).Select(share => share.Void));
        Assert.Equal(10_000, house.Home.BytesAtHome());
        Assert.Empty(house.Home.Files.Uploads(house.Ann));
        Assert.Equal(500, (await SendAsync(await house.OpenAsync(byBytes), "last", Bytes(500))).Total);
        Assert.False(await house.IsOpenAsync(byBytes));
    }

    [Fact]
    public async Task What_is_begun_holds_its_place_until_it_is_dropped_over_a_restart_too()
    {
        await using var house = await OpenUpAsync();
        var link = await house.AddAsync("/", upload: true, count: 1);
        var open = await house.OpenAsync(link);
        await using (var upload = await open.BeginUploadAsync("half", 100, null, default))
        {
            await upload.WriteAsync(0, Sequence(Bytes(50)));
            Assert.Equal(RefusalCode.OverLimit, await RefusedAsync(() => open.BeginUploadAsync("other", 1, null, default)));
        }

        Assert.Equal(RefusalCode.OverLimit, await RefusedAsync(() => open.BeginUploadAsync("other", 1, null, default)));
        await house.Home.Files.DropUploadAsync(house.Ann, Assert.Single(house.Home.Files.Uploads(house.Ann)).Id);
        await SendAsync(open, "other", Bytes(1));
    }

    [Fact]
    public async Task Nobody_else_s_unfinished_upload_is_gone_on_with_or_dropped()
    {
        await using var house = await OpenUpAsync();
        var plan = new UploadPlan { Path = "f", Total = 100, Modified = 7 };
        await using (var own = await house.Home.Files.BeginUploadAsync(house.Ann, plan, default))
        {
            await own.WriteAsync(0, Sequence(Bytes(60)));
        }

        var open = await house.OpenAsync(await house.AddAsync("/", upload: true));
        await using (var same = await open.BeginUploadAsync("f", 100, 7, default))
        {
            Assert.Equal(0, same.Offset);
        }

        await SendAsync(open, "f", Bytes(5));
        Assert.Equal(60, Assert.Single(house.Home.Files.Uploads(house.Ann)).Offset);
        await using var foreign = await house.Home.Files.BeginUploadAsync(house.Ann, plan with { Path = "g" }, default);
        Assert.Equal(RefusalCode.ShareUnknown, await RefusedAsync(() => open.CommitAsync(foreign, 100, null)));
    }

    [Fact]
    public async Task The_owner_s_room_bounds_it_and_a_stranger_hears_no_number_of_it()
    {
        await using var house = await OpenUpAsync(quota: 1000);
        await house.Home.PutAsync("mine", Bytes(300));
        var open = await house.OpenAsync(await house.AddAsync("/", upload: true));

        var refused = await Assert.ThrowsAsync<RefusedException>(() => open.BeginUploadAsync("big", 701, null, default));
        Assert.Equal(new Refusal(RefusalCode.OverLimit) { Subject = "big" }, refused.Refusal);
        await SendAsync(open, "fits", Bytes(700));
        Assert.Equal(1000, house.Home.Files.Space(house.Ann).Used);
    }

    [Fact]
    public async Task What_is_not_stored_is_not_counted()
    {
        await using var house = await OpenUpAsync();
        var open = await house.OpenAsync(await house.AddAsync("/", upload: true, count: 1));
        await using (var upload = await open.BeginUploadAsync("f", 100, null, default))
        {
            await upload.WriteAsync(0, Sequence(Bytes(100)));
            Assert.Equal(RefusalCode.SizeMismatch, await RefusedAsync(() => open.CommitAsync(upload, 99, null)));
            Assert.Equal(RefusalCode.DigestMismatch, await RefusedAsync(() => open.CommitAsync(upload, 100, Hex(Bytes(3)))));
            Assert.Equal(0, Assert.Single(await house.Shares.ListAsync(house.Ann)).UsedCount);
            await open.CommitAsync(upload, 100, Hex(Bytes(100)));
        }

        Assert.Equal(1, Assert.Single(await house.Shares.ListAsync(house.Ann)).UsedCount);
    }

    [Theory]
    [InlineData("removed")]
    [InlineData("moved")]
    [InlineData("disabled")]
    [InlineData("withdrawn")]
    [InlineData("revoked")]
    [InlineData("expired")]
    public async Task An_upload_under_way_is_not_stored_when_its_link_is(string end)
    {
        await using var house = await OpenUpAsync();
        await house.Home.Files.MakeFolderAsync(house.Ann, "in", false, null, null);
        var link = await house.AddAsync("in", upload: true);
        var open = await house.OpenAsync(link);
        await using var upload = await open.BeginUploadAsync("f", 100, null, default);
        await upload.WriteAsync(0, Sequence(Bytes(100)));

        await EndAsync(house, link, end);

        Assert.Equal(RefusalCode.ShareUnknown, await RefusedAsync(() => open.CommitAsync(upload, 100, null)));
        Assert.Equal(RefusalCode.ShareUnknown, await RefusedAsync(() => open.BeginUploadAsync("g", 1, null, default)));
        Assert.False(await house.IsOpenAsync(link));
        Assert.Equal(end == "revoked" ? 0 : 1, house.Home.Files.Uploads(house.Ann).Count);
        Assert.Empty(house.FilesAtHome());
    }

    private static Task EndAsync(SharesHouse house, SharedLink link, string end) => end switch
    {
        "removed" => house.Home.Files.RemoveAsync(house.Ann, "in", recursive: true),
        "moved" => house.Home.Files.MoveAsync(house.Ann, "in", "elsewhere", overwrite: false),
        "disabled" => house.SetAsync(new AccountSettings { Disabled = true }),
        "withdrawn" => house.SetAsync(new AccountSettings { Allow = ["files"] }),
        "revoked" => house.Shares.RevokeAsync(house.Ann, link.Entry.Id),
        _ => Later(house),
    };

    private static Task Later(SharesHouse house)
    {
        house.Home.Clock.Advance(TimeSpan.FromDays(8));
        return Task.CompletedTask;
    }

    private static async Task<int> TryManyAsync(SharesHouse house, SharedLink link, string prefix)
    {
        var stored = await Task.WhenAll(Enumerable.Range(0, 25).Select(i => Task.Run(async () =>
        {
            try
            {
                await SendAsync(await house.OpenAsync(link), $"{prefix}{i}", Bytes(1000, i));
                return true;
            }
            catch (RefusedException refused) when (refused.Code is RefusalCode.OverLimit or RefusalCode.ShareUnknown)
            {
                return false;
            }
        })));
        return stored.Count(done => done);
    }
}
