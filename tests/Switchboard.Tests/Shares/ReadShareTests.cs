using Switchboard.Protocol;
using Switchboard.Server.Services.Accounts;
using Switchboard.Server.Services.Shares;
using static Switchboard.Tests.Files.FilesFixture;
using static Switchboard.Tests.Shares.SharesHouse;

namespace Switchboard.Tests.Shares;

public class ReadShareTests
{
    [Fact]
    public async Task A_link_reads_its_one_file_and_tells_nothing_of_where_it_is()
    {
        await using var house = await OpenUpAsync();
        await house.Home.PutAsync("private/plans/report.pdf", Bytes(5000), parents: true);

        var link = await house.AddAsync("/private/plans/report.pdf");
        var open = await house.OpenAsync(link);

        Assert.Equal(("report.pdf", 5000L, Hex(Bytes(5000))), (open.Name, open.Size, open.Sha256));
        Assert.Equal(Bytes(5000), await ReadAsync(open));
        Assert.Equal(Bytes(5000)[4000..], await ReadAsync(open, 4000));
        using var download = await open.OpenReadAsync(0, 10);
        Assert.Equal(("report.pdf", 10L), (download.Entry.Path, download.Length));
        Assert.Equal(RefusalCode.ShareUnknown, await RefusedAsync(() => open.BeginUploadAsync("x", 1, null, default)));
        Assert.Equal(RefusalCode.BadOffset, await RefusedAsync(() => open.OpenReadAsync(5001, null)));
        Assert.Equal(("read", 2L, false), (link.Entry.Kind, Assert.Single(await house.Shares.ListAsync(house.Ann)).UsedCount, link.Entry.Void));
    }

    [Fact]
    public async Task The_secret_is_long_told_once_and_stored_nowhere()
    {
        await using var house = await OpenUpAsync();
        await house.Home.PutAsync("f", Bytes(10));
        SharedLink one = await house.AddAsync("f"), two = await house.AddAsync("f");

        Assert.Matches("^[A-Za-z0-9_-]{43}$", one.Secret);
        Assert.NotEqual(one.Secret, two.Secret);
        Assert.False(await house.IsOpenAsync(one with { Secret = two.Secret }));
        Assert.False(await house.IsOpenAsync(one with { Secret = "" }));
        Assert.False(await house.IsOpenAsync(one with { Secret = one.Secret + "A" }));
        Assert.False(await house.IsOpenAsync(one with { Secret = new string('A', 43) }));
        Assert.False(await house.IsOpenAsync(one with { Secret = new string('é', 43) }));
        Assert.False(await house.IsOpenAsync(one with { Entry = one.Entry with { Id = "nothing" } }));
        Assert.True(await house.IsOpenAsync(one));
        await house.Home.Database.SettleAsync();
        Assert.All(Directory.EnumerateFiles(house.Home.Folder, "switchboard.db*"), file => Assert.DoesNotContain(one.Secret, Latin(file), StringComparison.Ordinal));
    }

    public static TheoryData<string> Ends { get; } =
        ["replaced", "written to", "moved", "removed", "a folder now", "disabled", "share withdrawn", "files withdrawn", "expired", "revoked", "account removed"];

    [Theory]
    [MemberData(nameof(Ends))]
    public async Task A_link_is_void_at_once_when(string end)
    {
        await using var house = await OpenUpAsync();
        await house.Home.PutAsync("f", Bytes(1000));
        var link = await house.AddAsync("f");
        var open = await house.OpenAsync(link);
        await ReadAsync(open);

        await EndAsync(house, link, end);

        Assert.False(await house.IsOpenAsync(link));
        Assert.Equal(RefusalCode.ShareUnknown, await RefusedAsync(() => open.OpenReadAsync(0, null)));
        Assert.Equal(RefusalCode.ShareUnknown, await RefusedAsync(() => open.OpenReadAsync(500, null)));
        Assert.Equal(end is "disabled" or "share withdrawn" or "files withdrawn" or "revoked" or "account removed", open.Ended.IsCancellationRequested);
        if (end is not ("revoked" or "account removed"))
        {
            Assert.True(Assert.Single(await house.Shares.ListAsync(house.Ann)).Void);
            Assert.Contains(await house.AuditAsync(), record => record is { Action: "share-refused", Account: "ann", From: Stranger, Subject: "/f" });
        }
    }

    [Fact]
    public async Task What_comes_back_as_it_was_is_open_again()
    {
        await using var house = await OpenUpAsync();
        await house.Home.PutAsync("f", Bytes(1000));
        var link = await house.AddAsync("f");

        await house.Home.Files.RemoveAsync(house.Ann, "f", recursive: false);
        Assert.False(await house.IsOpenAsync(link));
        await house.Home.Files.RestoreAsync(house.Ann, house.Home.Files.Bin(house.Ann)[0].Id);
        Assert.True(await house.IsOpenAsync(link));
        await house.SetAsync(new AccountSettings { Disabled = true });
        await house.SetAsync(new AccountSettings { Disabled = false });
        Assert.True(await house.IsOpenAsync(link));
    }

    [Fact]
    public async Task Downloads_are_bounded_exactly_however_many_begin_at_once()
    {
        await using var house = await OpenUpAsync();
        await house.Home.PutAsync("f", Bytes(1000));
        var link = await house.AddAsync("f", count: 5);

        var tries = await Task.WhenAll(Enumerable.Range(0, 40).Select(_ => Task.Run(async () =>
        {
            try
            {
                return (await ReadAsync(await house.OpenAsync(link))).Length;
            }
            catch (RefusedException refused) when (refused.Code is RefusalCode.ShareUnknown)
            {
                return 0;
            }
        })));

        Assert.Equal(5, tries.Count(bytes => bytes == 1000));
        Assert.Equal((5L, true), (Assert.Single(await house.Shares.ListAsync(house.Ann)).UsedCount, (await house.Shares.ListAsync(house.Ann))[0].Void));
    }

    [Fact]
    public async Task The_last_download_can_go_on_after_a_broken_line_and_is_no_second_one()
    {
        await using var house = await OpenUpAsync();
        await house.Home.PutAsync("f", Bytes(1000));
        var link = await house.AddAsync("f", count: 1);
        var first = await house.OpenAsync(link);
        Assert.Equal(RefusalCode.ShareUnknown, await RefusedAsync(() => first.OpenReadAsync(1, null)));
        await ReadAsync(first);

        var again = await house.OpenAsync(link);
        Assert.Equal(RefusalCode.ShareUnknown, await RefusedAsync(() => again.OpenReadAsync(0, null)));
        Assert.Equal(400, (await ReadAsync(again, 600)).Length);
        Assert.Equal(600, (await ReadAsync(again, 400)).Length);
        Assert.Equal(RefusalCode.ShareUnknown, await RefusedAsync(() => again.OpenReadAsync(999, null)));

        house.Home.Clock.Advance(TimeSpan.FromMinutes(61));
        Assert.False(await house.IsOpenAsync(link));
    }

    [Fact]
    public async Task Only_who_may_makes_links_and_only_within_bounds()
    {
        await using var house = await OpenUpAsync(options: new SharesOptions { PerAccount = 2 });
        await house.Home.PutAsync("d/f", Bytes(10), parents: true);
        var now = house.Home.Clock.GetUtcNow();
        long At(int days) => (now.AddDays(days).UtcTicks - DateTime.UnixEpoch.Ticks) / TimeSpan.TicksPerMicrosecond;
        async Task RefuseAsync(RefusalCode code, SharePlan plan) => Assert.Equal(code, await RefusedAsync(() => house.Shares.AddAsync(house.Ann, plan)));

        Assert.Equal(RefusalCode.Forbidden, await RefusedAsync(() => house.Shares.AddAsync(house.Home.Ann, new SharePlan { Path = "d/f" })));
        await RefuseAsync(RefusalCode.NotFound, new SharePlan { Path = "none" });
        await RefuseAsync(RefusalCode.IsAFolder, new SharePlan { Path = "d" });
        await RefuseAsync(RefusalCode.NotAFolder, new SharePlan { Path = "d/f", Upload = true });
        await RefuseAsync(RefusalCode.BadRequest, new SharePlan { Path = "d/f", Expires = At(-1) });
        await RefuseAsync(RefusalCode.BadRequest, new SharePlan { Path = "d/f", Expires = At(366) });
        await RefuseAsync(RefusalCode.BadRequest, new SharePlan { Path = "d/f", Count = 0 });
        await RefuseAsync(RefusalCode.BadRequest, new SharePlan { Path = "d/f", Bytes = 5 });
        await RefuseAsync(RefusalCode.BadRequest, new SharePlan { Path = "d", Upload = true, Bytes = 0 });
        await RefuseAsync(RefusalCode.BadRequest, new SharePlan { Path = "d/f", Label = new string('x', 101) });

        house.Home.Clock.PerReading = TimeSpan.FromMilliseconds(1);
        var week = await house.AddAsync("d/f");
        Assert.Equal(TimeSpan.FromDays(7).TotalMicroseconds, week.Entry.Expires - week.Entry.Created);
        await house.AddAsync("d", upload: true);
        await RefuseAsync(RefusalCode.OverLimit, new SharePlan { Path = "d/f" });
        house.Home.Clock.Advance(TimeSpan.FromDays(8));
        await house.AddAsync("d/f");
        Assert.Single(await house.Shares.ListAsync(house.Ann));
    }

    [Fact]
    public async Task Nobody_lists_or_revokes_anothers()
    {
        await using var house = await OpenUpAsync();
        await house.Home.PutAsync("f", Bytes(10));
        var link = await house.AddAsync("f");

        Assert.Empty(await house.Shares.ListAsync(house.Home.Bob));
        Assert.Equal(RefusalCode.ShareUnknown, await RefusedAsync(() => house.Shares.RevokeAsync(house.Home.Bob, link.Entry.Id)));
        Assert.True(await house.IsOpenAsync(link));
        await house.Shares.RevokeAsync(house.Ann, link.Entry.Id);
        Assert.Equal(RefusalCode.ShareUnknown, await RefusedAsync(() => house.Shares.RevokeAsync(house.Ann, link.Entry.Id)));
    }

    [Fact]
    public async Task Making_using_refusing_and_revoking_are_in_the_audit_log_and_invented_ids_are_not()
    {
        await using var house = await OpenUpAsync();
        await house.Home.PutAsync("f", Bytes(10));
        var link = await house.AddAsync("f");
        await ReadAsync(await house.OpenAsync(link));
        await house.IsOpenAsync(link with { Secret = new string('A', 43) });
        foreach (var guess in Enumerable.Range(0, 50))
        {
            await house.IsOpenAsync(link with { Entry = link.Entry with { Id = $"{guess:x16}" } });
        }

        await house.Shares.RevokeAsync(house.Ann, link.Entry.Id);

        var told = (await house.AuditAsync()).Where(record => record.Action.StartsWith("share-", StringComparison.Ordinal)).ToList();
        Assert.Equal(["share-add", "share-refused", "share-refused", "share-revoke", "share-use"], told.Select(record => record.Action).Order(StringComparer.Ordinal));
        Assert.All(told.Where(record => record.Action is "share-use"), record => Assert.Equal((Stranger, "/f", link.Entry.Id), (record.From, record.Subject, record.Detail)));
        Assert.Contains(told, record => record is { Action: "share-refused", Account: null, Subject: null, Count: 50 });
        Assert.DoesNotContain(told, record => $"{record.Subject}{record.Detail}".Contains(link.Secret, StringComparison.Ordinal));
    }

    private static async Task EndAsync(SharesHouse house, SharedLink link, string end)
    {
        switch (end)
        {
            case "replaced":
                await house.Home.PutAsync("f", Bytes(1000, 2));
                break;
            case "written to":
                await File.WriteAllBytesAsync(Path.Combine(house.Home.HomeOfAnn, "f"), Bytes(1000, 3));
                break;
            case "moved":
                await house.Home.Files.MoveAsync(house.Ann, "f", "g", overwrite: false);
                break;
            case "removed":
                await house.Home.Files.RemoveAsync(house.Ann, "f", recursive: false);
                break;
            case "a folder now":
                await house.Home.Files.RemoveAsync(house.Ann, "f", recursive: false);
                await house.Home.Files.MakeFolderAsync(house.Ann, "f", false, null, null);
                break;
            case "disabled":
                await house.SetAsync(new AccountSettings { Disabled = true });
                break;
            case "share withdrawn":
                await house.SetAsync(new AccountSettings { Allow = ["files"] });
                break;
            case "files withdrawn":
                await house.SetAsync(new AccountSettings { Allow = ["share"] });
                break;
            case "expired":
                house.Home.Clock.Advance(TimeSpan.FromDays(7) + TimeSpan.FromSeconds(1));
                break;
            case "revoked":
                await house.Shares.RevokeAsync(house.Ann, link.Entry.Id);
                break;
            default:
                await house.Accounts.RemoveAsync(house.Accounts.Operator(), "ann", purge: true);
                break;
        }
    }

    private static string Latin(string file)
    {
        using var open = new FileStream(file, FileMode.Open, FileAccess.Read, FileShare.ReadWrite);
        using var text = new StreamReader(open, System.Text.Encoding.Latin1);
        return text.ReadToEnd();
    }
}
