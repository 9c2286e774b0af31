using Switchboard.Protocol;
using Switchboard.Server.Storage.Partials;

namespace Switchboard.Tests.Storage;

public class IntentTests
{
    private static readonly byte[] Digest = [.. Enumerable.Range(1, 32).Select(i => (byte)i)];

    [Fact]
    public void An_intent_comes_back_as_it_was_written()
    {
        var files = new[] { File(Digest), File(null) with { IsUpload = true, Parents = true, IfExists = IfExists.KeepBoth } };

        var removals = new[] { new IntendedRemoval(7, "id", "文/a", 12), new IntendedRemoval(long.MaxValue, "id2", "b", -1) };

        var read = Intent.Read(new Intent(files, removals).Write());

        Assert.Equal(files, read.Files.Select(file => file with { Sha256 = file.Sha256 is null ? null : Digest }));
        Assert.Equal(Digest, read.Files[0].Sha256);
        Assert.Equal(removals, read.Removals);
    }

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    public void An_intent_of_a_server_before_this_one_is_finished_too(byte version)
    {
        // Version 1 wrote 32 bytes of digest without their length, version 2 ended after the files.
        using var bytes = new MemoryStream();
        using (var writer = new BinaryWriter(bytes))
        {
            writer.Write(version);
            writer.Write7BitEncodedInt(1);
            writer.Write7BitEncodedInt64(7);
            writer.Write("put-1");
            writer.Write(false);
            writer.Write("a/b");
            writer.Write((byte)IfExists.Overwrite);
            writer.Write(false);
            writer.Write7BitEncodedInt64(1000);
            writer.Write7BitEncodedInt64(42);
            if (version > 1)
            {
                writer.Write((byte)Digest.Length);
            }

            writer.Write(Digest);
            writer.Write("192.0.2.1");
        }

        var file = Assert.Single(Intent.Read(bytes.ToArray()).Files);

        Assert.Equal(File(null), file with { Sha256 = null });
        Assert.Equal(Digest, file.Sha256);
    }

    [Fact]
    public void An_intent_of_a_version_to_come_is_refused() => Assert.Throws<InvalidDataException>(() => Intent.Read([4, 0]));

    private static IntendedFile File(byte[]? digest) =>
        new(7, "put-1", false, "a/b", IfExists.Overwrite, false, 1000, 42, digest, "192.0.2.1");
}
