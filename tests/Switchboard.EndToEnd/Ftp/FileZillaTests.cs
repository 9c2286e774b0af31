using System.Globalization;
using System.Security.Cryptography.X509Certificates;
using System.Text;
using Switchboard.EndToEnd.Campaigns;

namespace Switchboard.EndToEnd.Ftp;

/// <summary>A session of FileZilla on a screen of its own: a person's two double clicks, one file up and one down, and a picture of it in artifacts.</summary>
[Collection(OneAtATime.Name)]
public sealed class FileZillaTests
{
    private const string Screen = ":93";

    /// <summary>The first file of the left list, and of the right one, on a screen of 1280 x 900.</summary>
    private static readonly (int X, int Y) Local = (98, 495), Remote = (700, 495);

    [Fact]
    public async Task Filezilla_lists_sends_and_fetches_under_tls()
    {
        Assert.SkipUnless(Soak.On, "skipped: needs a screen and a minute; ./test soak does it");
        await using FtpSite site = await FtpSite.StartAsync();
        byte[] up = FtpSite.RandomBytes(5_000_000, 1), down = FtpSite.RandomBytes(3_000_000, 2);
        await site.PlaceAsync("下载 down.bin", down);
        string folder = Directory.CreateDirectory(site.Local.At("files")).FullName;
        await File.WriteAllBytesAsync(Path.Combine(folder, "上传 up.bin"), up);
        string home = Configure(site, folder);
        using Command screen = ClientPrograms.Start("Xvfb", "", Screen, "-screen", "0", "1280x900x24", "-nolisten", "tcp");
        await FtpSite.UntilAsync(() => File.Exists("/tmp/.X11-unix/X" + Screen[1..]), () => "no screen: " + screen.ErrorSoFar);

        string? program = ClientPrograms.Find("filezilla");
        Assert.SkipUnless(program is not null, "skipped: filezilla is not installed");
        Dictionary<string, string?> surroundings = new() { ["HOME"] = home, ["XDG_CONFIG_HOME"] = Path.Combine(home, ".config"), ["DISPLAY"] = Screen };
        using Command filezilla = Command.Start(["--site=0/site"], surroundings, program: program);
        string log = Path.Combine(home, "log");
        await LoggedAsync(log, "Directory listing of");
        await DoubleClickAsync(Remote);
        await FtpSite.UntilAsync(() => Same(Path.Combine(folder, "下载 down.bin"), down), () => "not fetched:\n" + Read(log));
        await DoubleClickAsync(Local);
        await FtpSite.UntilAsync(() => Same(site.Stored("上传 up.bin"), up), () => "not sent:\n" + Read(log));
        await LoggedAsync(log, "transferred 5000000 bytes");
        await ShootAsync();
        Assert.DoesNotContain("Error:", Read(log), StringComparison.Ordinal);
    }

    /// <summary>What a person would have clicked together: the site, and that its certificate is trusted.</summary>
    private static string Configure(FtpSite site, string folder)
    {
        string home = site.Local.At("filezilla"), settings = Path.Combine(home, ".config", "filezilla");
        Directory.CreateDirectory(settings);
        string port = site.At.Port.ToString(CultureInfo.InvariantCulture);
        Write("filezilla.xml", $"""
            <Settings><Setting name="Greeting version">99.0.0</Setting><Setting name="Greeting resources">99.0.0</Setting><Setting name="Update Check">0</Setting>
            <Setting name="Logging file">{home}/log</Setting></Settings>
            """);
        Write("sitemanager.xml", $"""
            <Servers><Server><Host>127.0.0.1</Host><Port>{port}</Port><Protocol>4</Protocol><Type>0</Type><User>{FtpSite.User}</User>
            <Pass encoding="base64">{Convert.ToBase64String(Encoding.UTF8.GetBytes(FtpSite.Password))}</Pass><Logontype>1</Logontype>
            <Name>site</Name><LocalDir>{folder}</LocalDir><RemoteDir></RemoteDir></Server></Servers>
            """);
        using X509Certificate2 certificate = X509Certificate2.CreateFromPem(File.ReadAllText(site.Certificate));
        Write("trustedcerts.xml", $"""
            <TrustedCerts><Certificate><Data>{Convert.ToHexStringLower(certificate.RawData)}</Data><ActivationTime>{new DateTimeOffset(certificate.NotBefore).ToUnixTimeSeconds()}</ActivationTime>
            <ExpirationTime>{new DateTimeOffset(certificate.NotAfter).ToUnixTimeSeconds()}</ExpirationTime><Host>127.0.0.1</Host><Port>{port}</Port><TrustSANs>0</TrustSANs></Certificate></TrustedCerts>
            """);
        return home;

        void Write(string name, string inside)
            => File.WriteAllText(Path.Combine(settings, name), $"<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<FileZilla3 version=\"3.63.0\" platform=\"*nix\">{inside}</FileZilla3>\n");
    }

    private static async Task DoubleClickAsync((int X, int Y) at)
        => await RunAsync("xdotool", "mousemove", Number(at.X), Number(at.Y), "click", "--repeat", "2", "--delay", "120", "1");

    private static async Task ShootAsync()
    {
        string folder = Directory.CreateDirectory(Path.Combine(ProgramFile.Checkout, "artifacts", "screenshots")).FullName;
        await RunAsync("import", "-window", "root", Path.Combine(folder, "filezilla.png"));
    }

    private static async Task RunAsync(string name, params string[] arguments)
    {
        string? program = ClientPrograms.Find(name);
        Assert.SkipUnless(program is not null, $"skipped: {name} is not installed");
        using Command command = Command.Start(arguments, new Dictionary<string, string?> { ["DISPLAY"] = Screen }, program: program);
        (await command.WaitAsync()).Expect(0);
    }

    private static Task LoggedAsync(string log, string words) => FtpSite.UntilAsync(() => Read(log).Contains(words, StringComparison.Ordinal), () => $"“{words}” was not logged:\n{Read(log)}");

    private static string Read(string log) => File.Exists(log) ? File.ReadAllText(log) : "";

    private static bool Same(string file, byte[] bytes) => File.Exists(file) && new FileInfo(file).Length == bytes.Length && FtpSite.DigestOf(file) == FtpSite.Digest(bytes);

    private static string Number(int number) => number.ToString(CultureInfo.InvariantCulture);
}
