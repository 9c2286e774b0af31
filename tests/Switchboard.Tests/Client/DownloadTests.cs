using Switchboard.Client;
using Switchboard.Protocol;

namespace Switchboard.Tests.Client;

public sealed class DownloadTests : IDisposable
{
    private const int Leaf = 4 << 20;
    private const long Time = 1_600_000_000_000_000;
    private readonly Scratch scratch = new();

    public void Dispose() => scratch.Dispose();

    [Fact]
    public async Task A_file_comes_whole_and_leaves_nothing_beside_it()
    {
        var content = Scratch.Bytes(1 << 20);
        await using var peers = new Peers(peer => ServeFileAsync(peer, content));
        await using var transfers = peers.Transfers();
        var summary = await transfers.DownloadAsync(["/f"], scratch.At("here"));
        await peers.FinishAsync();
        Assert.Equal(content, File.ReadAllBytes(scratch.At("here")));
        Assert.Equal([scratch.At("here")], Directory.GetFileSystemEntries(scratch.Path));
        Assert.Equal(content.Length, summary.Single!.Sent);
    }

    [Fact]
    public async Task Bytes_with_another_digest_never_get_the_name()
    {
        var content = Scratch.Bytes(5000);
        await using var peers = new Peers(peer => ServeFileAsync(peer, content, sha256: new string('0', 64)));
        await using var transfers = peers.Transfers();
        var refused = await Assert.ThrowsAsync<RefusedException>(() => transfers.DownloadAsync(["/f"], scratch.At("here")));
        Assert.Equal(RefusalCode.DigestMismatch, refused.Code);
        Assert.Empty(Directory.GetFileSystemEntries(scratch.Path));
    }

    [Fact]
    public async Task A_cut_line_is_resumed_after_the_kept_bytes_were_proved_and_a_damaged_leaf_fetched_again()
    {
        var content = Scratch.Bytes((3 * Leaf) + 123);
        const int cutAt = Leaf + 700_000;
        await using (var broken = new Peers(peer => ServeFileAsync(peer, content, cutAt: cutAt)))
        {
            await using var first = broken.Transfers();
            await Assert.ThrowsAsync<RefusedException>(() => first.DownloadAsync(["/f"], scratch.At("f"), new() { MaxTrying = TimeSpan.Zero }));
        }

        var part = File.ReadAllBytes(scratch.At("f.part"));
        Assert.Equal(content[..part.Length], part);
        Assert.InRange(part.Length, 1, cutAt);
        part[5] ^= 0xff;
        File.WriteAllBytes(scratch.At("f.part"), part);

        await using var peers = new Peers(async peer =>
        {
            await peer.ExpectAsync("leaves");
            Assert.Equal(part.Length, peer.Header.GetProperty("length").GetInt64());
            await SendLeavesAsync(peer, content, part.Length);
            await peer.ExpectAsync("get");
            Assert.Equal(0, peer.Header.GetProperty("offset").GetInt64());
            await SendFileAsync(peer, content, 0, (int)peer.Header.GetProperty("length").GetInt64(), null);
            await peer.ExpectAsync("get");
            Assert.Equal(part.Length, peer.Header.GetProperty("offset").GetInt64());
            await SendFileAsync(peer, content, part.Length, content.Length - part.Length, null);
            await peer.ExpectAsync("stat");
            await peer.SendAsync(new StatAnswer { Id = peer.Id, Entry = EntryOf(content) with { Sha256 = ScriptedPeer.Sha256(content) } }, ProtocolJson.Default.StatAnswer);
        });
        await using var transfers = peers.Transfers();
        var summary = await transfers.DownloadAsync(["/f"], scratch.At("f"));
        await peers.FinishAsync();
        Assert.Equal(content, File.ReadAllBytes(scratch.At("f")));
        Assert.Equal(part.Length, summary.Single!.ResumedAt);
        Assert.Equal(content.Length - part.Length + Math.Min(Leaf, part.Length), summary.Single.Sent);
    }

    [Fact]
    public async Task A_kept_part_of_a_file_that_changed_is_begun_anew_and_said()
    {
        var old = Scratch.Bytes(2 << 20, seed: 1);
        var fresh = Scratch.Bytes(2 << 20, seed: 2);
        await using (var broken = new Peers(peer => ServeFileAsync(peer, old, cutAt: 1 << 20)))
        {
            await using var first = broken.Transfers();
            await Assert.ThrowsAsync<RefusedException>(() => first.DownloadAsync(["/f"], scratch.At("f"), new() { MaxTrying = TimeSpan.Zero }));
        }

        await using var peers = new Peers(async peer =>
        {
            await peer.ExpectAsync("leaves");
            await SendLeavesAsync(peer, fresh, (int)peer.Header.GetProperty("length").GetInt64(), modified: Time + 1);
            await ServeFileAsync(peer, fresh);
        });
        await using var transfers = peers.Transfers();
        var summary = await transfers.DownloadAsync(["/f"], scratch.At("f"));
        Assert.True(summary.Single!.SourceChanged);
        Assert.Equal(0, summary.Single.ResumedAt);
        Assert.Equal(fresh, File.ReadAllBytes(scratch.At("f")));
    }

    [Fact]
    public async Task A_part_file_that_is_not_ours_is_left_alone()
    {
        scratch.Write("f.part", "precious");
        var content = Scratch.Bytes(100);
        await using var peers = new Peers(peer => ServeFileAsync(peer, content));
        await using var transfers = peers.Transfers();
        await transfers.DownloadAsync(["/f"], scratch.At("f"));
        Assert.Equal("precious", File.ReadAllText(scratch.At("f.part")));
        Assert.Equal(content, File.ReadAllBytes(scratch.At("f")));
    }

    [Theory]
    [InlineData(IfExists.Overwrite, "f", "new", true)]
    [InlineData(IfExists.Skip, "f", "old", false)]
    [InlineData(IfExists.KeepBoth, "f (1)", "new", true)]
    public async Task A_standing_file_is_treated_as_asked(IfExists rule, string name, string content, bool fetched)
    {
        scratch.Write("f", "old");
        await using var peers = new Peers(peer => fetched ? ServeFileAsync(peer, "new"u8.ToArray()) : Task.CompletedTask);
        await using var transfers = peers.Transfers();
        await transfers.DownloadAsync(["/f"], scratch.At("f"), new() { IfExists = rule });
        Assert.Equal(content, File.ReadAllText(scratch.At(name)));
    }

    [Theory]
    [InlineData("../escaped")]
    [InlineData("/escaped")]
    [InlineData("a/../../escaped")]
    [InlineData("a//escaped")]
    [InlineData("./escaped")]
    [InlineData("..")]
    [InlineData("a\0b")]
    [InlineData("a\u001b[31m")]
    public async Task A_hostile_name_in_a_tree_is_refused_and_the_next_file_arrives(string name)
    {
        await using var peers = new Peers(async peer =>
        {
            await peer.ExpectAsync("get");
            await SendSmallAsync(peer, name, "evil");
            await SendSmallAsync(peer, "good", "fine");
            await peer.DoneAsync();
        });
        await using var transfers = peers.Transfers();
        var summary = await transfers.DownloadAsync(["/t/"], scratch.At("target", "deep"));
        Assert.Equal("fine", File.ReadAllText(scratch.At("target", "deep", "good")));
        Assert.Equal(1, summary.Files);
        Assert.Single(summary.Failures);
        Assert.Equal([scratch.At("target", "deep", "good")], Directory.GetFiles(scratch.Path, "*", SearchOption.AllDirectories));
    }

    [Fact]
    public async Task A_hostile_folder_name_stops_the_tree()
    {
        await using var peers = new Peers(async peer =>
        {
            await peer.ExpectAsync("get");
            await peer.SendAsync(new FolderStart { Id = peer.Id, Path = "../outside" }, ProtocolJson.Default.FolderStart);
        });
        await using var transfers = peers.Transfers();
        var refused = await Assert.ThrowsAsync<RefusedException>(() => transfers.DownloadAsync(["/t/"], scratch.At("target")));
        Assert.Equal(RefusalCode.OutsideHome, refused.Code);
        Assert.False(Directory.Exists(scratch.At("outside")));
    }

    [Fact]
    public async Task A_link_inside_the_target_is_never_followed()
    {
        Directory.CreateDirectory(scratch.At("outside"));
        Directory.CreateDirectory(scratch.At("target", "t"));
        Directory.CreateSymbolicLink(scratch.At("target", "t", "sub"), scratch.At("outside"));
        File.CreateSymbolicLink(scratch.At("target", "t", "file"), scratch.At("outside", "victim"));
        var entries = new[] { ("sub", "folder"), ("sub/f", "file"), ("file", "file") };
        await using var peers = new Peers(
            async peer =>
            {
                while (await peer.NextAsync())
                {
                    if (peer.Type == "stat")
                    {
                        await peer.SendAsync(new StatAnswer { Id = peer.Id, Entry = new() { Path = "/t", Type = "folder" } }, ProtocolJson.Default.StatAnswer);
                    }
                    else
                    {
                        await SendSmallAsync(peer, peer.Header.GetProperty("path").GetString()!, "new");
                        await peer.DoneAsync();
                    }
                }
            },
            async peer =>
            {
                await peer.ExpectAsync("list");
                var lines = string.Concat(entries.Select(e => $"{{\"path\":\"{e.Item1}\",\"type\":\"{e.Item2}\",\"size\":3}}\n"));
                await peer.SendAsync(new Items { Id = peer.Id, Count = entries.Length }, ProtocolJson.Default.Items, System.Text.Encoding.UTF8.GetBytes(lines));
                await peer.DoneAsync();
            });
        await using var transfers = peers.Transfers();
        var summary = await transfers.DownloadAsync(["/t/"], scratch.At("target"), new() { IfExists = IfExists.Overwrite });
        Assert.Empty(Directory.GetFileSystemEntries(scratch.At("outside")));
        // The link at the file's own name is replaced, not followed.
        Assert.Equal("new", File.ReadAllText(scratch.At("target", "t", "file")));
        Assert.All(summary.Failures, failure => Assert.Equal(RefusalCode.OutsideHome, failure.Refusal.Code));
        Assert.Equal(2, summary.Failures.Count);
    }

    [Fact]
    public async Task A_broken_tree_goes_on_with_what_is_missing()
    {
        var asked = new List<string>();
        await using var peers = new Peers(
            async peer =>
            {
                await peer.ExpectAsync("get");
                await SendSmallAsync(peer, "a", "one");
                await peer.CutAsync();
            },
            async peer =>
            {
                while (await peer.NextAsync())
                {
                    var path = peer.Header.GetProperty("path").GetString()!;
                    asked.Add(peer.Type + " " + path);
                    if (peer.Type == "stat")
                    {
                        await peer.SendAsync(new StatAnswer { Id = peer.Id, Entry = new() { Path = path, Type = "file", Size = 3, Sha256 = ScriptedPeer.Sha256("one"u8.ToArray()) } }, ProtocolJson.Default.StatAnswer);
                    }
                    else
                    {
                        await SendSmallAsync(peer, path, "two");
                        await peer.DoneAsync();
                    }
                }
            },
            async peer =>
            {
                await peer.ExpectAsync("list");
                await peer.SendAsync(new Items { Id = peer.Id, Count = 2 }, ProtocolJson.Default.Items, "{\"path\":\"a\",\"type\":\"file\",\"size\":3}\n{\"path\":\"b\",\"type\":\"file\",\"size\":3}\n"u8.ToArray());
                await peer.DoneAsync();
            });
        await using var transfers = peers.Transfers();
        await transfers.DownloadAsync(["/t/"], scratch.At("t"));
        Assert.Equal(["get /t/b", "stat /t/a"], asked.Order());
        Assert.Equal("one", File.ReadAllText(scratch.At("t", "a")));
        Assert.Equal("two", File.ReadAllText(scratch.At("t", "b")));
        Assert.Equal(2, Directory.GetFileSystemEntries(scratch.At("t")).Length);
    }

    [Fact]
    public async Task A_stream_is_written_once_though_the_line_drops()
    {
        var content = Scratch.Bytes(1 << 20);
        var to = new MemoryStream();
        await using var peers = new Peers(peer => ServeFileAsync(peer, content, cutAt: 300_000), async peer =>
        {
            await peer.ExpectAsync("get");
            var offset = (int)peer.Header.GetProperty("offset").GetInt64();
            await SendFileAsync(peer, content, offset, content.Length - offset, ScriptedPeer.Sha256(content));
        });
        await using var transfers = peers.Transfers();
        await transfers.DownloadStreamAsync("/f", to);
        await peers.FinishAsync();
        Assert.Equal(content, to.ToArray());
    }

    private static Entry EntryOf(byte[] content, long modified = Time) => new() { Path = "/f", Type = "file", Size = content.Length, Modified = modified, Mode = 0x1A4 };

    private static async Task SendLeavesAsync(ScriptedPeer peer, byte[] content, int length, long modified = Time)
    {
        var digests = content[..length].Chunk(Leaf).SelectMany(leaf => System.Security.Cryptography.SHA256.HashData(leaf)).ToArray();
        await peer.SendAsync(new Kept { Id = peer.Id, End = true }, ProtocolJson.Default.Kept, digests);
        await peer.SendAsync(new StatAnswer { Id = peer.Id, Entry = EntryOf(content, modified) }, ProtocolJson.Default.StatAnswer);
    }

    private static async Task ServeFileAsync(ScriptedPeer peer, byte[] content, string? sha256 = null, int? cutAt = null)
    {
        await peer.ExpectAsync("get");
        await SendFileAsync(peer, content, 0, content.Length, sha256 ?? ScriptedPeer.Sha256(content), cutAt);
    }

    private static async Task SendFileAsync(ScriptedPeer peer, byte[] content, int offset, int length, string? sha256, int? cutAt = null)
    {
        var start = new FileStart { Id = peer.Id, Path = "/f", Total = content.Length, Modified = Time, Mode = 0x1A4, Offset = offset, Length = length, Sha256 = sha256 };
        await peer.SendAsync(start, ProtocolJson.Default.FileStart);
        for (var at = offset; at < offset + length; at += 1 << 18)
        {
            var bytes = content.AsSpan(at, Math.Min(1 << 18, offset + length - at)).ToArray();
            if (at + bytes.Length > cutAt)
            {
                peer.Writer.WriteHeader(new Data { Id = peer.Id, Offset = at }, ProtocolJson.Default.Data, bytes.Length);
                peer.Writer.WritePayload(bytes.AsSpan(0, cutAt.Value - at));
                await peer.Writer.FlushAsync();
                await peer.CutAsync();
                return;
            }

            await peer.SendAsync(new Data { Id = peer.Id, Offset = at }, ProtocolJson.Default.Data, bytes);
        }

        await peer.DoneAsync();
    }

    private static Task SendSmallAsync(ScriptedPeer peer, string path, string text)
    {
        var bytes = System.Text.Encoding.UTF8.GetBytes(text);
        var start = new FileStart { Id = peer.Id, Path = path, Total = bytes.Length, Length = bytes.Length, Modified = Time, Mode = 0x1A4, Sha256 = ScriptedPeer.Sha256(bytes) };
        return peer.SendAsync(start, ProtocolJson.Default.FileStart, bytes);
    }
}
