using Switchboard.Client;
using Switchboard.Protocol;

namespace Switchboard.Tests.Client;

public sealed class UploadTests : IDisposable
{
    private const int Leaf = 4 << 20;
    private readonly Scratch scratch = new();

    public void Dispose() => scratch.Dispose();

    [Fact]
    public async Task Small_files_do_not_wait_for_one_another()
    {
        for (var i = 0; i < 100; i++)
        {
            scratch.Write($"tree/sub/f{i}", $"content {i}");
        }

        await using var peers = new Peers(async peer =>
        {
            var answers = new List<StoredAnswer>();
            for (var i = 0; i < 100; i++)
            {
                await peer.ExpectAsync("put");
                answers.Add(new() { Id = peer.Id, Path = peer.Header.GetProperty("path").GetString()!, Total = peer.Payload.Length, Sha256 = ScriptedPeer.Sha256(peer.Payload) });
                Assert.Equal(answers[^1].Sha256, peer.Header.GetProperty("sha256").GetString());
            }

            // Only now: a client that waited for an answer would never have come here.
            foreach (var answer in answers)
            {
                await peer.SendAsync(answer, ProtocolJson.Default.StoredAnswer);
            }
        });
        await using var transfers = peers.Transfers();
        var summary = await transfers.UploadAsync([scratch.At("tree")], "/copy");
        Assert.Equal(100, summary.Files);
        Assert.Empty(summary.Failures);
        await peers.FinishAsync();
    }

    [Fact]
    public async Task An_empty_folder_is_made_and_a_full_one_comes_with_its_files()
    {
        scratch.Write("tree/full/f", "x");
        Directory.CreateDirectory(scratch.At("tree", "empty"));
        var seen = new List<string>();
        await using var peers = new Peers(async peer =>
        {
            for (var i = 0; i < 2; i++)
            {
                await peer.NextAsync();
                seen.Add(peer.Type + " " + peer.Header.GetProperty("path").GetString());
                await (peer.Type == "put" ? peer.StoredAsync("/copy/full/f", peer.Payload) : peer.DoneAsync());
            }
        });
        await using var transfers = peers.Transfers();
        await transfers.UploadAsync([scratch.At("tree")], "/copy");
        Assert.Equal(["mkdir /copy/empty", "put /copy/full/f"], seen.Order());
    }

    [Fact]
    public async Task A_file_stored_with_another_digest_did_not_arrive()
    {
        var file = scratch.Write("f", "mine");
        await using var peers = new Peers(async peer =>
        {
            await peer.ExpectAsync("put");
            await peer.StoredAsync("/f", [1, 2, 3]);
        });
        await using var transfers = peers.Transfers();
        var refused = await Assert.ThrowsAsync<RefusedException>(() => transfers.UploadAsync([file], "/f"));
        Assert.Equal(RefusalCode.DigestMismatch, refused.Code);
    }

    [Fact]
    public async Task A_refusal_in_mid_upload_stops_the_sending_and_is_told()
    {
        var file = scratch.Write("big", Scratch.Bytes(40 << 20));
        long received = 0;
        await using var peers = new Peers(async peer =>
        {
            await BeginUploadAsync(peer, 0);
            await peer.ExpectAsync("data");
            received += peer.Payload.Length;
            await peer.RefuseAsync(new(RefusalCode.OverQuota) { Free = 1, Missing = 2 });
            while (await peer.NextAsync())
            {
                Assert.Equal("data", peer.Type);
                received += peer.Payload.Length;
            }
        });
        await using (var transfers = peers.Transfers())
        {
            var refused = await Assert.ThrowsAsync<RefusedException>(() => transfers.UploadAsync([file], "/big"));
            Assert.Equal(RefusalCode.OverQuota, refused.Code);
            Assert.Equal(2, refused.Refusal.Missing);
        }

        await peers.FinishAsync();
        Assert.InRange(received, Leaf, 40 << 20);
    }

    [Fact]
    public async Task A_kept_prefix_is_proved_and_a_damaged_leaf_sent_again()
    {
        var content = Scratch.Bytes((2 * Leaf) + 1000);
        var file = scratch.Write("big", content);
        const int kept = Leaf + 500;
        var damagedAt = 17;
        var stored = content[..kept];
        stored[damagedAt] ^= 1;
        await using var peers = new Peers(async peer =>
        {
            await BeginUploadAsync(peer, kept, stored);
            await peer.ExpectAsync("data");
            Assert.Equal(0, peer.Header.GetProperty("offset").GetInt64());
            Assert.Equal(Leaf, peer.Payload.Length);
            var rest = new MemoryStream();
            while (await peer.NextAsync() && peer.Type == "data")
            {
                Assert.Equal(kept + rest.Length, peer.Header.GetProperty("offset").GetInt64());
                rest.Write(peer.Payload);
            }

            Assert.Equal("commit", peer.Type);
            Assert.Equal(content[kept..], rest.ToArray());
            await peer.StoredAsync("/big", content);
        });
        await using var transfers = peers.Transfers();
        var summary = await transfers.UploadAsync([file], "/big");
        await peers.FinishAsync();
        Assert.Equal(kept, summary.Single!.ResumedAt);
        Assert.Equal(content.Length - kept + Leaf, summary.Single.Sent);
        Assert.Equal(ScriptedPeer.Sha256(content), summary.Single.Sha256);
    }

    [Fact]
    public async Task A_lost_answer_to_the_commit_is_asked_for_and_nothing_is_sent_twice()
    {
        var content = Scratch.Bytes(Leaf);
        var file = scratch.Write("big", content);
        await using var peers = new Peers(
            async peer =>
            {
                await BeginUploadAsync(peer, 0);
                while (await peer.NextAsync() && peer.Type == "data") { }
                Assert.Equal("commit", peer.Type);
                await peer.CutAsync();
            },
            async peer =>
            {
                await peer.ExpectAsync("stat");
                Assert.True(peer.Header.GetProperty("digest").GetBoolean());
                var entry = new Entry { Path = "/big", Type = "file", Size = content.Length, Sha256 = ScriptedPeer.Sha256(content) };
                await peer.SendAsync(new StatAnswer { Id = peer.Id, Entry = entry }, ProtocolJson.Default.StatAnswer);
            });
        await using var transfers = peers.Transfers();
        var summary = await transfers.UploadAsync([file], "/big");
        await peers.FinishAsync();
        Assert.Equal(content.Length, summary.Sent);
    }

    [Fact]
    public async Task After_a_cut_line_the_upload_goes_on_by_its_name_where_the_server_has_got()
    {
        var content = Scratch.Bytes(3 * Leaf);
        var file = scratch.Write("big", content);
        await using var peers = new Peers(
            async peer =>
            {
                await BeginUploadAsync(peer, 0);
                await peer.ExpectAsync("data");
                await peer.CutAsync();
            },
            async peer =>
            {
                await BeginUploadAsync(peer, Leaf, content[..Leaf]);
                Assert.Equal("up-1", peer.Header.GetProperty("upload").GetString());
                while (await peer.NextAsync() && peer.Type == "data") { }
                await peer.StoredAsync("/big", content);
            });
        await using var transfers = peers.Transfers();
        var retries = new List<Refusal>();
        var summary = await transfers.UploadAsync([file], "/big", new() { OnRetry = (refusal, _) => retries.Add(refusal) });
        await peers.FinishAsync();
        Assert.Equal(RefusalCode.NoConnection, Assert.Single(retries).Code);
        Assert.Equal(0, summary.Single!.ResumedAt);
        Assert.True(summary.Single.Sent >= content.Length);
    }

    [Fact]
    public async Task An_upload_the_server_no_longer_knows_begins_anew()
    {
        var content = Scratch.Bytes(1_000_000);
        var file = scratch.Write("big", content);
        await using var peers = new Peers(
            async peer =>
            {
                await BeginUploadAsync(peer, 0);
                await peer.CutAsync();
            },
            async peer =>
            {
                await peer.ExpectAsync("upload");
                Assert.Equal("up-1", peer.Header.GetProperty("upload").GetString());
                await peer.RefuseAsync(new(RefusalCode.UploadUnknown) { Subject = "up-1" });
                await BeginUploadAsync(peer, 0);
                Assert.False(peer.Header.TryGetProperty("upload", out _));
                while (await peer.NextAsync() && peer.Type == "data") { }
                await peer.StoredAsync("/big", content);
            });
        await using var transfers = peers.Transfers();
        var summary = await transfers.UploadAsync([file], "/big");
        await peers.FinishAsync();
        Assert.Equal(0, summary.Single!.ResumedAt);
    }

    [Fact]
    public async Task Files_without_an_answer_are_sent_again_and_those_with_one_are_not()
    {
        for (var i = 0; i < 10; i++)
        {
            scratch.Write($"tree/f{i}", $"content {i}");
        }

        var first = new List<string>();
        var second = new List<string>();
        await using var peers = new Peers(
            async peer =>
            {
                for (var i = 0; i < 6; i++)
                {
                    await peer.ExpectAsync("put");
                    if (i < 3)
                    {
                        first.Add(peer.Header.GetProperty("path").GetString()!);
                        await peer.StoredAsync(first[^1], peer.Payload);
                    }
                }

                await peer.CutAsync();
            },
            async peer =>
            {
                for (var i = 0; i < 7; i++)
                {
                    await peer.ExpectAsync("put");
                    second.Add(peer.Header.GetProperty("path").GetString()!);
                    await peer.StoredAsync(second[^1], peer.Payload);
                }
            });
        await using var transfers = peers.Transfers();
        var summary = await transfers.UploadAsync([scratch.At("tree")], "/t");
        await peers.FinishAsync();
        Assert.Equal(10, summary.Files);
        Assert.Equal(Enumerable.Range(0, 10).Select(i => $"/t/f{i}"), first.Concat(second).Order());
    }

    [Fact]
    public async Task A_server_that_cannot_be_reached_at_first_is_told_at_once()
    {
        var file = scratch.Write("f", "x");
        await using var transfers = new Transfers(_ => throw new RefusedException(RefusalCode.NoConnection));
        await Assert.ThrowsAsync<RefusedException>(() => transfers.UploadAsync([file], "/f"));
    }

    [Fact]
    public async Task A_missing_file_is_told_and_the_others_go_on()
    {
        var file = scratch.Write("f", "x");
        await using var peers = new Peers(async peer =>
        {
            await peer.ExpectAsync("put");
            Assert.Equal("/into/f", peer.Header.GetProperty("path").GetString());
            await peer.StoredAsync("/into/f", peer.Payload);
        });
        await using var transfers = peers.Transfers();
        var summary = await transfers.UploadAsync([scratch.At("nothing"), file], "/into");
        Assert.Equal(1, summary.Files);
        Assert.Equal(RefusalCode.NotFound, Assert.Single(summary.Failures).Refusal.Code);
    }

    [Fact]
    public async Task Links_to_files_are_followed_and_links_to_folders_are_left_out()
    {
        scratch.Write("tree/real", "x");
        Directory.CreateDirectory(scratch.At("elsewhere"));
        File.CreateSymbolicLink(scratch.At("tree", "to-file"), scratch.At("tree", "real"));
        Directory.CreateSymbolicLink(scratch.At("tree", "to-folder"), scratch.At("elsewhere"));
        File.CreateSymbolicLink(scratch.At("tree", "broken"), scratch.At("nowhere"));
        await using var peers = new Peers(async peer =>
        {
            for (var i = 0; i < 2; i++)
            {
                await peer.ExpectAsync("put");
                await peer.StoredAsync(peer.Header.GetProperty("path").GetString()!, peer.Payload);
            }
        });
        await using var transfers = peers.Transfers();
        var left = new List<(string, LeftOut)>();
        var summary = await transfers.UploadAsync([scratch.At("tree")], "/t", new() { OnLeftOut = (path, why) => left.Add((Path.GetFileName(path), why)) });
        Assert.Equal(2, summary.Files);
        Assert.Equal([("broken", LeftOut.BrokenLink), ("to-folder", LeftOut.LinkToFolder)], left.Order());
    }

    [Fact]
    public async Task A_stream_goes_on_from_what_is_held_when_the_line_drops()
    {
        var content = Scratch.Bytes((2 * Leaf) + 77);
        await using var peers = new Peers(
            async peer =>
            {
                await BeginUploadAsync(peer, 0);
                for (var got = 0; got < Leaf + (1 << 20); got += peer.Payload.Length)
                {
                    await peer.ExpectAsync("data");
                }

                await peer.CutAsync();
            },
            async peer =>
            {
                const int kept = Leaf + 1000;
                await BeginUploadAsync(peer, kept, content[..kept]);
                var rest = new MemoryStream();
                while (await peer.NextAsync() && peer.Type == "data")
                {
                    rest.Write(peer.Payload);
                }

                Assert.Equal(content[kept..], rest.ToArray());
                Assert.Equal(ScriptedPeer.Sha256(content), peer.Header.GetProperty("sha256").GetString());
                await peer.StoredAsync("/s", content);
            });
        await using var transfers = peers.Transfers();
        var summary = await transfers.UploadStreamAsync(new MemoryStream(content), "/s");
        await peers.FinishAsync();
        Assert.Equal(content.Length, summary.Single!.Size);
    }

    private static async Task BeginUploadAsync(ScriptedPeer peer, long offset, byte[]? kept = null)
    {
        while (await peer.NextAsync() && peer.Type == "uploads")
        {
            await peer.DoneAsync();
        }

        Assert.Equal("upload", peer.Type);
        await peer.SendAsync(new UploadReady { Id = peer.Id, Upload = "up-1", Offset = offset, Leaf = Leaf }, ProtocolJson.Default.UploadReady);
        if (kept is not null)
        {
            var digests = kept.Chunk(Leaf).SelectMany(leaf => System.Security.Cryptography.SHA256.HashData(leaf)).ToArray();
            await peer.SendAsync(new Kept { Id = peer.Id, End = true }, ProtocolJson.Default.Kept, digests);
        }
    }
}
