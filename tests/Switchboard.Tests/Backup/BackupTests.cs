using System.Formats.Tar;
using System.Security.Cryptography;
using System.Text;
using Microsoft.Win32.SafeHandles;
using Switchboard.Protocol;
using Switchboard.Server.Services.Backup;
using Switchboard.Server.Storage;
using Switchboard.Server.Storage.Posix;
using Switchboard.Server.Storage.Sqlite;
using Switchboard.Tests.Storage;
using Xunit;
using BackupOf = Switchboard.Server.Services.Backup.Backup;

namespace Switchboard.Tests.Backup;

public sealed class BackupTests : IDisposable
{
    private static readonly DateTime Noon = new(2026, 2, 3, 12, 0, 0, 123, 456, DateTimeKind.Utc);

    private readonly TemporaryFolder _folder = new();

    private string Data => _folder.File("data");

    private string Restored => _folder.File("restored");

    public void Dispose() => _folder.Dispose();

    [Fact]
    public async Task Everything_comes_back_with_content_modes_and_times_while_the_server_runs()
    {
        using var held = DataDirectory.Open(Data);
        await using var database = Database.Open(held.Database);
        await AddAccount(database, "alice");
        Write("switchboard.conf", "max-users = 7");
        Write("tls/server.key", "secret", UnixFileMode.UserRead);
        Write("homes/alice/a/b/照片.bin", RandomNumberGenerator.GetHexString(300_000), UnixFileMode.UserRead | UnixFileMode.GroupRead | UnixFileMode.UserExecute);
        Write("homes/alice/empty", "");
        Write("homes/alice/" + new string('n', 255), "long name");
        Write("homes/alice/new\nline\\", "odd name");
        Write("partials/0123", "half");
        Directory.SetLastWriteTimeUtc(Path.Combine(Data, "homes/alice/a"), Noon.AddDays(1));
        var written = await BackUp();
        var restored = await Restore();
        Assert.Equal(written.Files, restored.Files);
        Assert.Empty(written.Skipped);
        Assert.Empty(written.Changed);
        foreach (var file in new[] { "switchboard.conf", "tls/server.key", "homes/alice/a/b/照片.bin", "homes/alice/empty", "homes/alice/" + new string('n', 255), "homes/alice/new\nline\\", "partials/0123" })
        {
            var (from, to) = (Path.Combine(Data, file), Path.Combine(Restored, file));
            Assert.Equal(File.ReadAllBytes(from), File.ReadAllBytes(to));
            var time = file.Contains('\n', StringComparison.Ordinal) ? Noon.AddTicks(-(Noon.Ticks % TimeSpan.TicksPerSecond)) : Noon;
            Assert.Equal((File.GetUnixFileMode(from), time), (File.GetUnixFileMode(to), File.GetLastWriteTimeUtc(to)));
        }

        Assert.Equal(Noon.AddDays(1), Directory.GetLastWriteTimeUtc(Path.Combine(Restored, "homes/alice/a")));
        using var again = DataDirectory.Open(Restored);
        await using var copy = Database.Open(again.Database);
        Assert.NotNull(await new SqliteAccountStore(copy, new AuditTable(new AuditLimits())).FindAccountAsync("alice"));
        Assert.Equal(["homes", "jobs", "lock", "partials", "run", "switchboard.conf", "switchboard.db", "tls"], Names(Restored).Where(n => !n.Contains('-', StringComparison.Ordinal)));
        Assert.Empty(Directory.GetFileSystemEntries(held.Run));
    }

    [Fact]
    public async Task The_manifest_is_last_and_is_what_sha256sum_checks()
    {
        MakeData();
        Write("homes/alice/x", "content");
        await BackUp();
        var (names, manifest) = Entries();
        Assert.Equal("manifest", names[^1]);
        Assert.Contains($"{Convert.ToHexStringLower(SHA256.HashData("content"u8))}  homes/alice/x", manifest.Split('\n'));
    }

    [Fact]
    public async Task Links_inside_homes_are_kept_as_links_and_not_followed_and_what_is_no_file_is_named()
    {
        MakeData();
        Write("homes/alice/real", "x");
        File.CreateSymbolicLink(Path.Combine(Data, "homes/alice/link"), "/etc/passwd");
        Directory.CreateSymbolicLink(Path.Combine(Data, "homes/alice/folder"), "/etc");
        using (var mkfifo = System.Diagnostics.Process.Start("mkfifo", [Path.Combine(Data, "homes/alice/pipe")]))
        {
            await mkfifo.WaitForExitAsync();
        }

        Assert.Equal(["homes/alice/pipe"], (await BackUp()).Skipped);
        await Restore();
        Assert.Equal("/etc/passwd", new FileInfo(Path.Combine(Restored, "homes/alice/link")).LinkTarget);
        Assert.Equal("/etc", new FileInfo(Path.Combine(Restored, "homes/alice/folder")).LinkTarget);
    }

    [Fact]
    public async Task A_home_that_lies_elsewhere_behind_a_link_comes_along()
    {
        MakeData();
        Directory.CreateDirectory(_folder.File("elsewhere"));
        File.WriteAllText(_folder.File("elsewhere/x"), "far away");
        Directory.CreateDirectory(Path.Combine(Data, "homes"));
        Directory.CreateSymbolicLink(Path.Combine(Data, "homes/bob"), _folder.File("elsewhere"));
        await BackUp();
        await Restore();
        Assert.Equal("far away", File.ReadAllText(Path.Combine(Restored, "homes/bob/x")));
    }

    [Fact]
    public async Task A_path_longer_than_the_system_takes_in_one_piece_survives()
    {
        MakeData();
        var name = new string('d', 200);
        Directory.CreateDirectory(Path.Combine(Data, "homes/alice"));
        using (var deepest = Descend(Path.Combine(Data, "homes/alice"), name, 30, make: true))
        {
            Kernel.Check(Kernel.TryOpenIn(deepest, FileName.From("file"), Kernel.WriteOnly | Kernel.Create, 0b110_000_000, out var file), "file");
            RandomAccess.Write(file, "deep"u8, 0);
            file.Dispose();
        }

        await BackUp();
        await Restore();
        using (var deepest = Descend(Path.Combine(Restored, "homes/alice"), name, 30, make: false))
        {
            Kernel.Check(Kernel.TryOpenIn(deepest, FileName.From("file"), Kernel.ReadOnly, 0, out var file), "file");
            Assert.Equal(4, RandomAccess.GetLength(file));
            file.Dispose();
        }

        using var remove = System.Diagnostics.Process.Start("rm", ["-rf", Data, Restored]);
        await remove.WaitForExitAsync();
    }

    [Fact]
    public async Task A_file_that_shrinks_or_grows_while_it_is_read_keeps_its_place_and_length_in_the_archive()
    {
        await using var shrunk = new HashedStream(new MemoryStream([1, 2, 3]), 5);
        var bytes = new MemoryStream();
        await shrunk.CopyToAsync(bytes);
        Assert.Equal([1, 2, 3, 0, 0], bytes.ToArray());
        Assert.True(shrunk.Padded);
        Assert.Equal(SHA256.HashData([1, 2, 3, 0, 0]), shrunk.Digest());
        await using var grown = new HashedStream(new MemoryStream([1, 2, 3]), 2);
        Assert.Equal([1, 2], Read(grown));
        Assert.False(grown.Padded);
    }

    [Fact]
    public async Task A_backup_while_files_change_and_vanish_can_be_restored()
    {
        MakeData();
        for (var n = 0; n < 200; n++)
        {
            Write("homes/alice/" + n, new string('x', 10_000));
        }

        using var stop = new CancellationTokenSource();
        var changing = Task.Run(() =>
        {
            for (var n = 0; !stop.IsCancellationRequested; n++)
            {
                var path = Path.Combine(Data, "homes/alice/" + (n % 200));
                File.Delete(path);
                File.WriteAllText(path, new string('y', n % 20_000));
            }
        });
        await BackUp();
        await stop.CancelAsync();
        await changing;
        await Restore();
    }

    [Fact]
    public async Task A_damaged_or_cut_off_backup_leaves_nothing_behind()
    {
        MakeData();
        Write("homes/alice/x", new string('x', 100_000));
        await BackUp();
        var good = File.ReadAllBytes(_folder.File("backup.tar"));
        var flipped = (byte[])good.Clone();
        flipped[Encoding.UTF8.GetString(good).IndexOf("xxxx", StringComparison.Ordinal) + 50_000] ^= 1;
        foreach (var bad in new[] { flipped, good[..(good.Length / 2)], good[..^2048], [], good[..512] })
        {
            var refused = await Assert.ThrowsAsync<RefusedException>(() => BackupOf.RestoreAsync(new MemoryStream(bad), Restored, null, default));
            Assert.Equal(RefusalCode.DigestMismatch, refused.Code);
            Assert.False(File.Exists(Path.Combine(Restored, "switchboard.db")));
            Assert.Empty(Directory.GetFileSystemEntries(Path.Combine(Restored, "homes")));
        }

        await BackupOf.RestoreAsync(new MemoryStream(good), Restored, null, default);
        Assert.True(File.Exists(Path.Combine(Restored, "homes/alice/x")));
    }

    [Fact]
    public async Task A_directory_that_holds_anything_is_left_alone()
    {
        MakeData();
        await BackUp();
        Directory.CreateDirectory(Restored);
        File.WriteAllText(Path.Combine(Restored, "mine"), "x");
        Assert.Equal(RefusalCode.NotEmpty, (await Assert.ThrowsAsync<RefusedException>(Restore)).Code);
        Assert.Equal(["mine"], Names(Restored));
    }

    [Theory]
    [InlineData("../out")]
    [InlineData("homes/../../out")]
    [InlineData("/tmp/switchboard-out")]
    [InlineData("run/switchboard.sock")]
    [InlineData("homes/link/out")]
    public async Task An_archive_does_not_lead_outside_its_place(string name)
    {
        var bytes = new MemoryStream();
        await using (var tar = new TarWriter(bytes, leaveOpen: true))
        {
            tar.WriteEntry(new PaxTarEntry(TarEntryType.Directory, "homes/"));
            tar.WriteEntry(new PaxTarEntry(TarEntryType.SymbolicLink, "homes/link") { LinkName = _folder.Path });
            tar.WriteEntry(new PaxTarEntry(TarEntryType.RegularFile, name) { DataStream = new MemoryStream([1]) });
        }

        bytes.Position = 0;
        Assert.Equal(RefusalCode.DigestMismatch, (await Assert.ThrowsAsync<RefusedException>(() => BackupOf.RestoreAsync(bytes, Restored, null, default))).Code);
        Assert.False(File.Exists(_folder.File("out")));
    }

    [Fact]
    public async Task There_is_nothing_to_back_up_without_a_database() =>
        Assert.Equal(DataDirectoryProblem.Missing, (await Assert.ThrowsAsync<DataDirectoryException>(BackUp)).Problem);

    private static async Task AddAccount(Database database, string name)
    {
        var store = new SqliteAccountStore(database, new AuditTable(new AuditLimits()));
        await store.AddAccountAsync(new NewAccount(name, Scram.CreateVerifier("x", 1), 5, null, 1), new AuditRecord { Time = 1, Action = "account-add" });
    }

    private static IEnumerable<string> Names(string folder) => Directory.GetFileSystemEntries(folder).Select(p => Path.GetFileName(p)!).Order(StringComparer.Ordinal);

    private static byte[] Read(Stream stream)
    {
        var all = new MemoryStream();
        stream.CopyTo(all);
        return all.ToArray();
    }

    private static SafeFileHandle Descend(string from, string name, int times, bool make)
    {
        Kernel.Check(Kernel.TryOpenRoot(from, Kernel.ReadOnly, out var folder), from);
        for (var n = 0; n < times; n++)
        {
            using var parent = folder;
            Kernel.Check(make ? Kernel.TryMakeFolder(parent, FileName.From(name), 0b111_000_000) : Errno.None, name);
            Kernel.Check(Kernel.TryOpenIn(parent, FileName.From(name), Kernel.ReadOnly | Kernel.Folder, 0, out folder), name);
        }

        return folder;
    }

    private void MakeData()
    {
        using var made = DataDirectory.Open(Data);
        Database.Open(made.Database).DisposeAsync().AsTask().GetAwaiter().GetResult();
    }

    private void Write(string name, string content, UnixFileMode? mode = null)
    {
        var path = Path.Combine(Data, name);
        Directory.CreateDirectory(Path.GetDirectoryName(path)!);
        File.WriteAllText(path, content);
        File.SetLastWriteTimeUtc(path, Noon);
        File.SetUnixFileMode(path, mode ?? UnixFileMode.UserRead | UnixFileMode.UserWrite);
    }

    private async Task<BackupSummary> BackUp()
    {
        await using var file = File.Create(_folder.File("backup.tar"));
        return await BackupOf.WriteAsync(Data, new Unseekable(file), null, default);
    }

    private async Task<BackupSummary> Restore()
    {
        await using var file = File.OpenRead(_folder.File("backup.tar"));
        return await BackupOf.RestoreAsync(new Unseekable(file), Restored, null, default);
    }

    private (List<string> Names, string Manifest) Entries()
    {
        using var file = File.OpenRead(_folder.File("backup.tar"));
        using var tar = new TarReader(file);
        List<string> names = [];
        var last = "";
        while (tar.GetNextEntry() is { } entry)
        {
            names.Add(entry.Name);
            last = entry.Name == "manifest" ? Encoding.UTF8.GetString(Read(entry.DataStream!)) : "";
        }

        return (names, last);
    }

    /// <summary>As a pipe would be: forward only.</summary>
    private sealed class Unseekable(Stream inner) : Stream
    {
        public override bool CanRead => inner.CanRead;
        public override bool CanSeek => false;
        public override bool CanWrite => inner.CanWrite;
        public override long Length => throw new NotSupportedException();
        public override long Position { get => throw new NotSupportedException(); set => throw new NotSupportedException(); }
        public override void Flush() => inner.Flush();
        public override int Read(byte[] buffer, int offset, int count) => inner.Read(buffer, offset, count);
        public override long Seek(long offset, SeekOrigin origin) => throw new NotSupportedException();
        public override void SetLength(long value) => throw new NotSupportedException();
        public override void Write(byte[] buffer, int offset, int count) => inner.Write(buffer, offset, count);
    }
}
