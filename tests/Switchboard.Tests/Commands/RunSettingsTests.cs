using Switchboard.Protocol;
using Switchboard.Server.Services.Accounts;
using Xunit;

namespace Switchboard.Tests.Commands;

public class RunSettingsTests
{
    [Fact]
    public void They_are_stored_and_read_again()
    {
        var settings = RunSettings.None.Changed(true, ["make", "/opt/x/tool"], ["/srv/data", "/srv/out:rw", "/dev/ttyUSB0:rw"]);
        var read = RunSettings.Parse(settings.Stored);
        Assert.Equal((true, true, false), (read.Network, read.Permits("make"), read.Permits("sh")));
        Assert.Equal(["/srv/data", "/srv/out:rw", "/dev/ttyUSB0:rw"], read.Paths.Select(path => path.ToString()));
        Assert.Equal([false, false, true], read.Paths.Select(path => path.IsDevice));
    }

    [Fact]
    public void Nothing_is_stored_as_nothing()
    {
        Assert.Null(RunSettings.None.Stored);
        Assert.Null(RunSettings.Parse("network;programs=a").Changed(false, [], null).Stored);
        Assert.True(RunSettings.Parse(null).Permits("anything"));
    }

    [Fact]
    public void What_is_not_named_stays() =>
        Assert.Equal("network;programs=gcc", RunSettings.Parse("network;programs=make").Changed(null, ["gcc"], null).Stored);

    [Theory]
    [InlineData("relative")]
    [InlineData("/")]
    [InlineData("/srv/../etc")]
    [InlineData("/srv//x")]
    [InlineData("/srv/x/")]
    [InlineData("/proc/1")]
    [InlineData("/sys")]
    [InlineData("/dev")]
    [InlineData("/home")]
    [InlineData("/etc:rw")]
    [InlineData("/srv/a;network")]
    public void Paths_that_would_undo_the_confinement_are_refused(string path) =>
        Assert.Equal(RefusalCode.BadRequest, Assert.Throws<RefusedException>(() => RunSettings.None.Changed(null, null, [path])).Code);

    [Theory]
    [InlineData("")]
    [InlineData("a,b")]
    [InlineData("a;b")]
    public void Programs_have_names(string name) =>
        Assert.Equal(RefusalCode.BadRequest, Assert.Throws<RefusedException>(() => RunSettings.None.Changed(null, [name], null)).Code);
}
