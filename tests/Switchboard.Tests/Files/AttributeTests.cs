using System.Security.Cryptography;
using System.Text;
using Switchboard.Protocol;
using Switchboard.Server.Services.Files;
using Switchboard.Server.Storage;
using static Switchboard.Tests.Files.FilesFixture;

namespace Switchboard.Tests.Files;

public class AttributeTests
{
    private const int Megabyte = 1024 * 1024;

    [Theory]
    [InlineData(0b111_101_101, 0b111_101_101)]
    [InlineData(0b110_111_101_101_101, 0b101_101_101)]
    [InlineData(0, 0b100_000_000)]
    public async Task Only_permission_bits_are_taken_and_the_owner_still_reads(int mode, int expected)
    {
        await using var fixture = await StartAsync();
        await fixture.PutAsync("f", Bytes(10));

        await fixture.Files.SetAttributesAsync(fixture.Ann, "f", mode, null);

        Assert.Equal((UnixFileMode)expected, File.GetUnixFileMode(Path.Combine(fixture.HomeOfAnn, "f")));
        Assert.Equal(Bytes(10), await fixture.ReadAsync("f"));
    }

    [Fact]
    public async Task A_folder_stays_open_to_its_owner()
    {
        await using var fixture = await StartAsync();
        await fixture.Files.MakeFolderAsync(fixture.Ann, "d", false, null, null);

        await fixture.Files.SetAttributesAsync(fixture.Ann, "d", 0b010_000, 1_000_000_000_000_001);

        var entry = fixture.Files.Stat(fixture.Ann, "d");
        Assert.Equal((0b111_010_000, 1_000_000_000_000_001L), (entry.Mode, entry.Modified));
        await fixture.PutAsync("d/f", Bytes(1));
    }

    [Theory]
    [InlineData(null, 1_234_567_890_123_456L)]
    [InlineData(0b110_000_000, null)]
    [InlineData(0b110_000_000, -1L)]
    public async Task The_recorded_digest_stays_valid(int? mode, long? modified)
    {
        await using var fixture = await StartAsync();
        var content = Bytes(1000);
        await fixture.PutAsync("f", content);

        await fixture.Files.SetAttributesAsync(fixture.Ann, "f", mode, modified);

        using var download = await fixture.Files.OpenReadAsync(fixture.Ann, "f", 0, null);
        Assert.Equal(Hex(content), download.Sha256);
        Assert.Equal(modified ?? download.Entry.Modified, download.Entry.Modified);
        Assert.Contains(fixture.Audit(), record => record.Action == AuditActions.Attributes && record.Subject == "/f");
    }

    [Fact]
    public async Task A_file_changed_behind_the_server_gets_no_digest_by_it()
    {
        await using var fixture = await StartAsync();
        await fixture.PutAsync("f", Bytes(10));
        await File.WriteAllBytesAsync(Path.Combine(fixture.HomeOfAnn, "f"), Bytes(10, 2), TestContext.Current.CancellationToken);

        await fixture.Files.SetAttributesAsync(fixture.Ann, "f", 0b111_000_000, 1);

        using var download = await fixture.Files.OpenReadAsync(fixture.Ann, "f", 0, null);
        Assert.Null(download.Sha256);
    }

    [Fact]
    public async Task What_is_no_file_or_outside_is_refused()
    {
        await using var fixture = await StartAsync();
        await fixture.PutAsync("f", Bytes(1));
        await MakeFifoAsync(Path.Combine(fixture.HomeOfAnn, "fifo"));
        File.CreateSymbolicLink(Path.Combine(fixture.HomeOfAnn, "out"), "/etc/hostname");

        Assert.Equal(RefusalCode.NotFound, await RefusedAsync(() => fixture.Files.SetAttributesAsync(fixture.Ann, "missing", 0, null)));
        Assert.Equal(RefusalCode.NotAFile, await RefusedAsync(() => fixture.Files.SetAttributesAsync(fixture.Ann, "fifo", 0, null)));
        Assert.Equal(RefusalCode.OutsideHome, await RefusedAsync(() => fixture.Files.SetAttributesAsync(fixture.Ann, "out", 0, null)));
        Assert.Equal(RefusalCode.BadRequest, await RefusedAsync(() => fixture.Files.SetAttributesAsync(fixture.Ann, "/", 0, null)));
    }

    [Fact]
    public async Task Digests_of_parts_are_those_of_the_bytes()
    {
        await using var fixture = await StartAsync();
        var content = Bytes(Megabyte + 77);
        await fixture.UploadAsync("f", content);
        var part = content[5..(Megabyte + 5)];

        Assert.Equal(SHA256.HashData(content), await DigestAsync(fixture, DigestKind.Sha256, 0, null));
        Assert.Equal(SHA256.HashData(part), await DigestAsync(fixture, DigestKind.Sha256, 5, Megabyte));
        Assert.Equal(SHA512.HashData(content[5..]), await DigestAsync(fixture, DigestKind.Sha512, 5, null));
        Assert.Equal(BitByBit(content), Convert.ToHexStringLower(await DigestAsync(fixture, DigestKind.Crc32, 0, null)));
#pragma warning disable CA5350, CA5351 // What old clients ask for.
        Assert.Equal(MD5.HashData(part), await DigestAsync(fixture, DigestKind.Md5, 5, Megabyte));
        Assert.Equal(SHA1.HashData([]), await DigestAsync(fixture, DigestKind.Sha1, content.Length, null));
#pragma warning restore CA5350, CA5351
    }

    [Theory]
    [InlineData(-1L, null)]
    [InlineData(11L, null)]
    [InlineData(0L, 11L)]
    [InlineData(5L, 6L)]
    [InlineData(0L, -1L)]
    [InlineData(10L, long.MaxValue)]
    public async Task Digests_of_what_is_not_there_are_refused(long offset, long? length)
    {
        await using var fixture = await StartAsync();
        await fixture.PutAsync("f", Bytes(10));

        Assert.Equal(RefusalCode.BadOffset, await RefusedAsync(() => DigestAsync(fixture, DigestKind.Md5, offset, length).AsTask()));
    }

    [Fact]
    public async Task A_computed_whole_digest_is_recorded()
    {
        await using var fixture = await StartAsync();
        await fixture.PutAsync("f", Bytes(10));
        await File.WriteAllBytesAsync(Path.Combine(fixture.HomeOfAnn, "f"), Bytes(10, 2), TestContext.Current.CancellationToken);

        Assert.Equal(SHA256.HashData(Bytes(10, 2)), await DigestAsync(fixture, DigestKind.Sha256, 0, null));
        await fixture.StopAndStartAsync();

        using var download = await fixture.Files.OpenReadAsync(fixture.Ann, "f", 0, null);
        Assert.Equal(Hex(Bytes(10, 2)), download.Sha256);
    }

    [Fact]
    public async Task A_digest_can_be_given_up()
    {
        await using var fixture = await StartAsync();
        await fixture.PutAsync("f", Bytes(10));
        using var stop = new CancellationTokenSource();
        await stop.CancelAsync();

        await Assert.ThrowsAnyAsync<OperationCanceledException>(
            () => fixture.Files.DigestAsync(fixture.Ann, "f", DigestKind.Md5, 0, null, stop.Token).AsTask());
    }

    [Theory]
    [InlineData("", "00000000")]
    [InlineData("123456789", "cbf43926")]
    [InlineData("The quick brown fox jumps over the lazy dog", "414fa339")]
    public void Crc32_gives_the_known_values(string text, string expected) =>
        Assert.Equal(expected, Convert.ToHexStringLower(default(Crc32).With(Encoding.ASCII.GetBytes(text)).ToBytes()));

    [Fact]
    public void Crc32_is_the_same_whatever_the_length_and_the_pieces_and_by_tables()
    {
        var content = Bytes(1500, 3);
        for (var length = 0; length <= content.Length; length += length < 300 ? 1 : 37)
        {
            var expected = BitByBit(content[..length]);
            var cut = length * 5 / 7;
            Assert.Equal(expected, Hexadecimal(default(Crc32).With(content.AsSpan(0, length))));
            Assert.Equal(expected, Hexadecimal(default(Crc32).WithTables(content.AsSpan(0, length))));
            Assert.Equal(expected, Hexadecimal(default(Crc32).With(content.AsSpan(0, cut)).With(content.AsSpan(cut, length - cut))));
        }
    }

    [Fact]
    public async Task A_file_is_lent_where_no_digest_has_to_be_computed_and_a_change_still_shows()
    {
        await using var fixture = await StartAsync();
        await fixture.PutAsync("f", Bytes(1000));
        using var download = await fixture.Files.OpenReadAsync(fixture.Ann, "f", 100, null);
        var bytes = new byte[2000];

        Assert.Equal(900, RandomAccess.Read(download.Lend()!, bytes, download.Offset));
        download.Skip(800);
        Assert.Equal(100, download.Read(bytes));
        Assert.Throws<ArgumentOutOfRangeException>(() => download.Skip(1));
        download.FinishDigest();

        await File.AppendAllTextAsync(Path.Combine(fixture.HomeOfAnn, "f"), "x", TestContext.Current.CancellationToken);
        Assert.Equal(RefusalCode.SourceChanged, Refused(() => download.FinishDigest()));
        using var unknown = await fixture.Files.OpenReadAsync(fixture.Ann, "f", 0, null);
        Assert.Null(unknown.Lend());
    }

    private static ValueTask<byte[]> DigestAsync(FilesFixture fixture, DigestKind kind, long offset, long? length) =>
        fixture.Files.DigestAsync(fixture.Ann, "f", kind, offset, length, TestContext.Current.CancellationToken);

    private static string Hexadecimal(Crc32 crc) => Convert.ToHexStringLower(crc.ToBytes());

    // The definition, one bit at a time.
    private static string BitByBit(byte[] content)
    {
        var register = uint.MaxValue;
        foreach (var b in content)
        {
            register ^= b;
            for (var bit = 0; bit < 8; bit++)
            {
                register = (register >> 1) ^ ((register & 1) * 0xEDB88320);
            }
        }

        return (~register).ToString("x8", System.Globalization.CultureInfo.InvariantCulture);
    }
}
