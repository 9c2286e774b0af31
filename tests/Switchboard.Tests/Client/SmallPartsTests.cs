using Switchboard.Client;
using Switchboard.Client.Local;
using Switchboard.Protocol;

namespace Switchboard.Tests.Client;

public class SmallPartsTests
{
    [Theory]
    [InlineData("*.tmp", "a.tmp", true)]
    [InlineData("*.tmp", "deep/down/a.tmp", true)]
    [InlineData("*.tmp", "a.tmp/inside", true)]
    [InlineData("*.tmp", "a.tmpx", false)]
    [InlineData("/top", "top", true)]
    [InlineData("/top", "sub/top", false)]
    [InlineData("sub/*.o", "sub/x.o", true)]
    [InlineData("sub/*.o", "sub/more/x.o", false)]
    [InlineData("sub/**/x.o", "sub/a/b/x.o", true)]
    [InlineData("sub/**/x.o", "sub/x.o", true)]
    [InlineData("**", "anything/at/all", true)]
    [InlineData("?at", "cat", true)]
    [InlineData("?at", "at", false)]
    [InlineData("build/", "build/x", true)]
    [InlineData("build/", "build", false)]
    [InlineData("a+(b)", "a+(b)", true)]
    [InlineData("缓存", "项目/缓存/文件", true)]
    public void Globs_name_what_is_left_out(string glob, string path, bool covered) =>
        Assert.Equal(covered, new GlobFilter([glob]).Covers(path, isFolder: false));

    [Fact]
    public void Waits_double_to_five_seconds_begin_again_after_progress_and_end()
    {
        var clock = new Clock();
        var patience = new Patience(TimeSpan.FromMinutes(1), clock);
        Assert.Equal(TimeSpan.FromSeconds(0.2), patience.Next(0, null));
        Assert.Equal(TimeSpan.FromSeconds(0.4), patience.Next(0, null));
        for (var i = 0; i < 5; i++)
        {
            patience.Next(0, null);
        }

        Assert.Equal(TimeSpan.FromSeconds(5), patience.Next(0, null));
        Assert.Equal(TimeSpan.FromSeconds(0.2), patience.Next(1, null));
        Assert.Equal(TimeSpan.FromSeconds(20), patience.Next(1, 20));
        clock.Pass(TimeSpan.FromSeconds(59.5));
        Assert.Null(patience.Next(1, null));
        Assert.NotNull(patience.Next(2, null));
    }

    [Fact]
    public void A_limited_rate_moves_small_pieces_and_an_unlimited_one_never_waits()
    {
        Assert.Equal(1250, new RateLimit(10_000).Piece);
        Assert.Equal(256 * 1024, new RateLimit(null).Piece);
        Assert.True(new RateLimit(null).TakeAsync(long.MaxValue, CancellationToken.None).AsTask().IsCompleted);
        Assert.False(new RateLimit(1000).TakeAsync(2000, CancellationToken.None).AsTask().IsCompleted);
    }

    [Theory]
    [InlineData("CON")]
    [InlineData("con.txt")]
    [InlineData("LPT1")]
    [InlineData("com9.log")]
    [InlineData("a:b")]
    [InlineData("a\\b")]
    [InlineData("trailing.")]
    [InlineData("trailing ")]
    public void Names_that_windows_reads_as_something_else_do_not_fit_there(string name) => Assert.False(SafeNames.FitsWindows(name));

    [Theory]
    [InlineData("console")]
    [InlineData("COM")]
    [InlineData(".hidden")]
    [InlineData("文件 1.txt")]
    public void Ordinary_names_fit_windows(string name) => Assert.True(SafeNames.FitsWindows(name));

    [Fact]
    public void A_name_of_255_bytes_fits_and_one_of_256_does_not()
    {
        Assert.Single(SafeNames.Split(new string('a', 255)));
        Assert.Equal(RefusalCode.BadName, Assert.Throws<RefusedException>(() => SafeNames.Split(new string('a', 256))).Code);
        Assert.Equal(RefusalCode.BadName, Assert.Throws<RefusedException>(() => SafeNames.Split(new string('文', 86))).Code);
    }

    [Theory]
    [InlineData("a/b", "/a/b")]
    [InlineData("/", "/")]
    [InlineData("", "/")]
    [InlineData("/a//b/../c/", "/a/c")]
    [InlineData("../..", "/")]
    public void Remote_paths_have_one_form(string path, string normal) => Assert.Equal(normal, RemotePath.Normalise(path));

    private sealed class Clock : TimeProvider
    {
        private long now;

        public override long TimestampFrequency => TimeSpan.TicksPerSecond;

        public override long GetTimestamp() => now;

        public void Pass(TimeSpan time) => now += time.Ticks;
    }
}
