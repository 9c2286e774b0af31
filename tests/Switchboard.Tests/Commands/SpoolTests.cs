using Switchboard.Server.Storage.Posix;
using Switchboard.Server.Storage.Spools;
using Switchboard.Tests.Storage;
using Xunit;

namespace Switchboard.Tests.Commands;

public sealed class SpoolTests : IDisposable
{
    private const int Mega = 1 << 20;

    private readonly TemporaryFolder _folder = new();

    [Fact]
    public void What_a_pipe_holds_moves_to_the_end()
    {
        using var spool = Open();
        Pipes.Make(_folder.File("pipe"));
        using var pipe = Pipes.Open(_folder.File("pipe"), Kernel.ReadWrite | Kernel.NonBlocking);
        Assert.Equal(Errno.None, spool.TryTake(pipe, 100, out var nothing));
        Assert.Equal(0, nothing);
        Assert.Equal(Errno.None, Pipes.TryWrite(pipe, "hello world"u8, out _));
        Assert.Equal(Errno.None, spool.TryTake(pipe, 5, out var five));
        Assert.Equal(Errno.None, spool.TryTake(pipe, 100, out var rest));
        Assert.Equal((5, 6, 11), (five, rest, spool.End));
        Assert.Equal("hello world"u8.ToArray(), Read(spool, 0, 100));
    }

    [Fact]
    public void The_middle_is_dropped_and_places_stay()
    {
        using var spool = Filled(4 * Mega);
        Assert.Equal(2 * Mega, spool.Drop(3 * Mega));
        Assert.Equal((1 * Mega, 3 * Mega, 2 * Mega, 4 * Mega), (spool.GapStart, spool.GapEnd, spool.Kept, spool.End));
        Assert.Equal(Expected(Mega - 10, 10), Read(spool, Mega - 10, 100));
        Assert.Null(Read(spool, Mega, 10));
        Assert.Null(Read(spool, (3 * Mega) - 1, 10));
        Assert.Equal(Expected(3 * Mega, 10), Read(spool, 3 * Mega, 10));
    }

    [Fact]
    public void The_head_and_what_is_not_there_are_never_dropped()
    {
        using var spool = Filled(Mega + 5000);
        Assert.Equal(0, spool.Drop(Mega));
        Assert.Equal(4096, spool.Drop(long.MaxValue));
        Assert.Equal(Mega + 4096, spool.GapEnd);
        Assert.Equal(0, spool.Drop(long.MaxValue));
    }

    [Fact]
    public void A_later_server_finds_length_and_gap()
    {
        using (var spool = Filled(3 * Mega))
        {
            spool.Drop(2 * Mega);
        }

        using var found = Open();
        Assert.Equal((3 * Mega, Mega, 2 * Mega), (found.End, found.GapStart, found.GapEnd));
        Assert.Equal(Expected(2 * Mega, 7), Read(found, 2 * Mega, 7));
    }

    [Fact]
    public void A_stream_without_a_byte_makes_no_file()
    {
        using var spool = Open();
        Assert.Equal(0, spool.End);
        Assert.Null(Read(spool, 0, 10));
        Assert.Empty(Directory.GetFiles(_folder.Path));
    }

    [Theory]
    [InlineData("", null, null, null)]
    [InlineData("{ \"child-pid\": 12", null, null, null)]
    [InlineData("{ \"child-pid\": 12, \"mnt-namespace\": 5 }\n", 12, null, null)]
    [InlineData("{ \"child-pid\": 12 }\n{ \"exit-code\": 3 }\n", 12, 3, null)]
    [InlineData("{\"child-pid\":12}\n137\n", 12, null, 137)]
    [InlineData("1\n", null, null, 1)]
    [InlineData("{ nonsense\n{ \"exit-code\": 0 }\n0\n", null, 0, 0)]
    public void The_status_pipe_is_read_by_whole_lines(string said, int? process, int? exit, int? holder) =>
        Assert.Equal(new JobStatus(process, exit, holder), JobStatus.Parse(System.Text.Encoding.UTF8.GetBytes(said)));

    public void Dispose() => _folder.Dispose();

    private Spool Open() => Spool.Open(_folder.File("out"));

    private Spool Filled(int length)
    {
        var spool = Open();
        Assert.Equal(Errno.None, spool.TryAppend(Expected(0, length)));
        return spool;
    }

    private static byte[] Expected(int from, int length) => [.. Enumerable.Range(from, length).Select(place => (byte)(place % 251))];

    private static byte[]? Read(Spool spool, long offset, int most)
    {
        byte[]? read = null;
        return spool.TryRead(offset, most, length => read = new byte[length]) ? read : null;
    }
}
