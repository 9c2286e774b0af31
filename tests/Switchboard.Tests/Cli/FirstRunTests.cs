using System.Net;
using System.Text;
using Switchboard.Cli.Commands.Server;
using Switchboard.Cli.Output;
using Switchboard.Server;
using Switchboard.Protocol;

namespace Switchboard.Tests.Cli;

public sealed class FirstRunTests
{
    [Fact]
    public void On_a_terminal_everything_to_go_on_is_said_once()
    {
        using var output = new MemoryStream();
        var printer = new Printer(new PrinterOptions { OutputIsTerminal = true, Language = Language.Chinese }, output, Stream.Null);
        new FirstRunBanner(printer).Tell("abcd-efgh", new Bound([new(IPAddress.Parse("10.0.0.7"), 9527)], null, null, null), "SHA256:xyz", "/nowhere");
        string said = Encoding.UTF8.GetString(output.ToArray());
        Assert.Contains("abcd-efgh", said);
        Assert.Contains("switchboard login 10.0.0.7 --user admin --fingerprint SHA256:xyz", said);
        Assert.Contains("密码", said);
        Assert.Contains("https://10.0.0.7:9527/", said);
    }

    [Fact]
    public void Without_a_terminal_the_password_goes_to_a_closed_file_and_only_its_place_is_named()
    {
        string data = Directory.CreateTempSubdirectory("switchboard-test-").FullName;
        try
        {
            using var output = new MemoryStream();
            using var error = new MemoryStream();
            new FirstRunBanner(new Printer(new PrinterOptions(), output, error)).Tell("abcd-efgh", new Bound([new(IPAddress.IPv6Any, 1)], null, null, null), "SHA256:xyz", data);
            string said = Encoding.UTF8.GetString(error.ToArray());
            Assert.Equal(0, output.Length);
            Assert.DoesNotContain("abcd-efgh", said);
            Assert.Contains(Path.Combine(data, "first-run"), said);
            Assert.Equal(UnixFileMode.UserRead | UnixFileMode.UserWrite, File.GetUnixFileMode(Path.Combine(data, "first-run")));
            Assert.Contains("abcd-efgh", File.ReadAllText(Path.Combine(data, "first-run")));
        }
        finally
        {
            Directory.Delete(data, true);
        }
    }
}
