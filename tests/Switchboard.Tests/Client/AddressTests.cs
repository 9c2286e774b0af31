using Switchboard.Client;
using Switchboard.Protocol;

namespace Switchboard.Tests.Client;

public class AddressTests
{
    [Theory]
    [InlineData("host", "host:9527")]
    [InlineData("host:1", "host:1")]
    [InlineData("::1", "[::1]:9527")]
    [InlineData("[::1]:77", "[::1]:77")]
    [InlineData("[fe80::1]", "[fe80::1]:9527")]
    [InlineData("unix:/run/s.sock", "unix:/run/s.sock")]
    public void An_address_is_read_and_written_the_same(string text, string written)
    {
        var address = ServerAddress.Parse(text);
        Assert.Equal(written, address.ToString());
        Assert.Equal(address, ServerAddress.Parse(written));
    }

    [Theory]
    [InlineData("")]
    [InlineData(":9527")]
    [InlineData("host:0")]
    [InlineData("host:65536")]
    [InlineData("host:-1")]
    [InlineData("host:port")]
    [InlineData("http://host")]
    [InlineData("[::1")]
    [InlineData("[::1]x")]
    [InlineData("a b")]
    [InlineData("unix:")]
    [InlineData("1:2:3:x")]
    public void What_is_no_address_is_refused(string text) =>
        Assert.Equal(RefusalCode.BadRequest, Assert.Throws<RefusedException>(() => ServerAddress.Parse(text)).Code);
}
