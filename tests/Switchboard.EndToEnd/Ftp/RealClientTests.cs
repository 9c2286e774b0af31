using System.Globalization;
using System.Net;

namespace Switchboard.EndToEnd.Ftp;

/// <summary>One server on 127.0.0.1 and one on ::1, for all tests of a class.</summary>
public sealed class BothFamilies : IAsyncLifetime
{
    private readonly Dictionary<string, FtpSite> _sites = [];

    public FtpSite this[string host] => _sites[host];

    public async ValueTask InitializeAsync()
    {
        foreach (string host in (string[])["127.0.0.1", "::1"])
        {
            _sites[host] = await FtpSite.StartAsync(IPAddress.Parse(host));
        }
    }

    public async ValueTask DisposeAsync()
    {
        foreach (FtpSite site in _sites.Values)
        {
            await site.DisposeAsync();
        }
    }
}

/// <summary>The clients people have, against the real server: plain and TLS, IPv4 and IPv6, whole trees of odd names; every digest is compared.</summary>
public sealed class RealClientTests(BothFamilies sites) : IClassFixture<BothFamilies>, IDisposable
{
    private const string Login = FtpSite.User + ":" + FtpSite.Password;

    private readonly TemporaryFolder _local = new();

    [Theory]
    [InlineData("127.0.0.1", "")]
    [InlineData("127.0.0.1", "--disable-epsv")]
    [InlineData("127.0.0.1", "-P -")]
    [InlineData("127.0.0.1", "-P - --disable-eprt")]
    [InlineData("127.0.0.1", "--ssl-reqd --cacert CERT")]
    [InlineData("127.0.0.1", "--ssl-reqd --cacert CERT --tls-max 1.2")]
    [InlineData("::1", "")]
    [InlineData("::1", "-P -")]
    [InlineData("::1", "--ssl-reqd --cacert CERT")]
    public async Task Curl_sends_makes_folders_lists_and_fetches(string host, string options)
    {
        FtpSite site = sites[host];
        string[] given = ["-sS", "-u", Login, .. options.Replace("CERT", site.Certificate, StringComparison.Ordinal).Split(' ', StringSplitOptions.RemoveEmptyEntries)];
        string source = _local.RandomFile("source", 3_000_000, 7), folder = Unique();
        string url = Url(site, "ftp") + $"{folder}/%23%20%25/";
        (await ClientPrograms.RunAsync("curl", "", [.. given, "--ftp-create-dirs", "-T", source, url + "%E5%90%8D.bin"])).Expect(0);
        Assert.Equal(FtpSite.DigestOf(source), FtpSite.DigestOf(site.Stored($"{folder}/# %/名.bin")));

        Assert.Equal("名.bin", (await ClientPrograms.RunAsync("curl", "", [.. given, "-l", url])).Expect(0).Text.Trim());
        CommandResult head = (await ClientPrograms.RunAsync("curl", "", [.. given, "-I", url + "%E5%90%8D.bin"])).Expect(0);
        Assert.Contains("Content-Length: 3000000", head.Text, StringComparison.Ordinal);
        (await ClientPrograms.RunAsync("curl", "", [.. given, "-o", _local.At("back"), url + "%E5%90%8D.bin"])).Expect(0);
        Assert.Equal(FtpSite.DigestOf(source), FtpSite.DigestOf(_local.At("back")));
        CommandResult part = (await ClientPrograms.RunAsync("curl", "", [.. given, "-r", "1000-1999", url + "%E5%90%8D.bin"])).Expect(0);
        Assert.Equal((await File.ReadAllBytesAsync(source))[1000..2000], part.Output);
    }

    [Theory]
    [InlineData("127.0.0.1", "ftp:ssl-allow no")]
    [InlineData("127.0.0.1", "ftp:ssl-allow no; set ftp:passive-mode no")]
    [InlineData("127.0.0.1", "ftp:ssl-allow no; set ftp:use-mlsd no")]
    [InlineData("127.0.0.1", "ftp:ssl-force yes; set ftp:ssl-protect-data yes")]
    [InlineData("::1", "ftp:ssl-allow no")]
    [InlineData("::1", "ftp:ssl-force yes; set ftp:ssl-protect-data yes")]
    public async Task Lftp_mirrors_a_tree_of_odd_names_both_ways(string host, string setting)
    {
        FtpSite site = sites[host];
        // Without MLSD it reads LIST, where blanks at the beginning of a name are not to be seen.
        Dictionary<string, string> tree = OddTree.Make(_local.At("tree"), blanks: !setting.Contains("mlsd", StringComparison.Ordinal));
        string folder = Unique();
        (await LftpAsync(site, setting, $"mirror -R {_local.At("tree")} /{folder}; mirror /{folder} {_local.At("back")}")).Expect(0);
        OddTree.AssertSame(tree, site.Stored(folder));
        OddTree.AssertSame(tree, _local.At("back"));

        // Nothing changed, so nothing may go again: sizes and times as the server tells them are the local ones.
        CommandResult again = (await LftpAsync(site, setting, $"mirror -R -v {_local.At("tree")} /{folder}")).Expect(0);
        Assert.DoesNotContain("Transferring", again.Text, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("ftp:ssl-allow no")]
    [InlineData("ftp:ssl-force yes; set ftp:ssl-protect-data yes")]
    public async Task Lftp_continues_an_upload_by_itself_and_fetches_in_four_parts(string setting)
    {
        FtpSite site = sites["127.0.0.1"];
        byte[] bytes = FtpSite.RandomBytes(9_000_000, 3);
        string name = Unique() + ".bin", source = _local.At("source");
        await File.WriteAllBytesAsync(source, bytes);
        await BreakUploadAsync(site, name, bytes.AsMemory(0, 5_000_000));

        (await LftpAsync(site, setting, $"debug -o {_local.At("log")} 9; reput {source} -o {name}; debug off; pget -n 4 {name} -o {_local.At("back")}")).Expect(0);
        Assert.Contains("REST 4999999", await File.ReadAllTextAsync(_local.At("log")), StringComparison.Ordinal);
        Assert.Equal(FtpSite.Digest(bytes), FtpSite.DigestOf(site.Stored(name)));
        Assert.Equal(FtpSite.Digest(bytes), FtpSite.DigestOf(_local.At("back")));
    }

    [Theory]
    [InlineData("127.0.0.1", "passive on")]
    [InlineData("127.0.0.1", "passive on\nepsv4 off")]
    [InlineData("127.0.0.1", "passive off")]
    [InlineData("127.0.0.1", "passive off\nepsv4 off")]
    [InlineData("::1", "passive on")]
    [InlineData("::1", "passive off")]
    public async Task Tnftp_sends_lists_and_fetches(string host, string mode)
    {
        FtpSite site = sites[host];
        string source = _local.RandomFile("source", 2_000_000, 4), folder = Unique() + " 名";
        string script = string.Create(CultureInfo.InvariantCulture, $"""
            open {host} {site.At.Port}
            user {FtpSite.User} "{FtpSite.Password}"
            binary
            {mode}
            mkdir "{folder}"
            cd "{folder}"
            lcd {_local.Path}
            put source "-one big.bin"
            size "-one big.bin"
            ls
            get "-one big.bin" back
            ascii
            put source "as text"
            rename "as text" renamed
            delete renamed
            bye
            """);
        CommandResult said = (await ClientPrograms.RunAsync("tnftp", script + "\n", "-n", "-v")).Expect(0);
        Assert.Contains("2000000", said.Text, StringComparison.Ordinal);
        Assert.Equal(FtpSite.DigestOf(source), FtpSite.DigestOf(site.Stored(folder + "/-one big.bin")));
        Assert.Equal(FtpSite.DigestOf(source), FtpSite.DigestOf(_local.At("back")));
        Assert.Equal(["-one big.bin"], Directory.GetFiles(site.Stored(folder)).Select(Path.GetFileName));
    }

    [Theory]
    [InlineData("")]
    [InlineData("-F")]
    [InlineData("-E")]
    public async Task Ncftp_sends_and_fetches_a_tree(string mode)
    {
        FtpSite site = sites["127.0.0.1"];
        Dictionary<string, string> tree = OddTree.Make(_local.At("tree"), blanks: false);
        string folder = "/" + Unique();
        string[] login = [.. mode.Split(' ', StringSplitOptions.RemoveEmptyEntries), "-R", "-V", "-u", FtpSite.User, "-p", FtpSite.Password, "-P", Number(site.At.Port), "127.0.0.1"];
        (await ClientPrograms.RunAsync("ncftpput", "", ["-m", .. login, folder, _local.At("tree")])).Expect(0);
        OddTree.AssertSame(tree, site.Stored(folder + "/tree"));
        Directory.CreateDirectory(_local.At("back"));
        (await ClientPrograms.RunAsync("ncftpget", "", [.. login, _local.At("back"), folder + "/tree"])).Expect(0);
        OddTree.AssertSame(tree, _local.At("back/tree"));
    }

    [Theory]
    [InlineData("127.0.0.1", "ftp")]
    [InlineData("::1", "ftp")]
    [InlineData("127.0.0.1", "ftps")]
    public async Task Wget_fetches_a_tree(string host, string scheme)
    {
        FtpSite site = sites[host];
        string folder = Unique();
        // It reads LIST, and cuts names after 236 bytes.
        OddTree.Make(site.Stored(folder), blanks: false, OddTree.Longest);
        await site.GiveHomeBackAsync();
        CommandResult result = await ClientPrograms.RunAsync(
            "wget", "", "-nv", "-r", "-l", "9", "-nH", "--cut-dirs=1", "--restrict-file-names=nocontrol", "-P", _local.At("back"), "--ca-certificate=" + site.Certificate,
            "--user=" + FtpSite.User, "--password=" + FtpSite.Password, Url(site, scheme) + folder + "/");
        result.Expect(0);
        OddTree.AssertSame(OddTree.Read(site.Stored(folder)), _local.At("back"));
    }

    [Theory]
    [InlineData("127.0.0.1", "")]
    [InlineData("127.0.0.1", ",explicit_tls,no_check_certificate")]
    [InlineData("[::1]", "")]
    public async Task Rclone_syncs_both_ways_and_finds_nothing_to_do_the_second_time(string host, string options)
    {
        FtpSite site = sites[host.Trim('[', ']')];
        // It writes its own signs for a blank at the end of a name.
        Dictionary<string, string> tree = OddTree.Make(_local.At("tree"), blanks: false);
        string hidden = (await ClientPrograms.RunAsync("rclone", "", "obscure", FtpSite.Password)).Expect(0).Text.Trim();
        string folder = Unique();
        string remote = string.Create(CultureInfo.InvariantCulture, $":ftp,host='{host}',port={site.At.Port},user={FtpSite.User},pass={hidden}{options}:{folder}");
        (await ClientPrograms.RunAsync("rclone", "", "sync", _local.At("tree"), remote, "--create-empty-src-dirs")).Expect(0);
        OddTree.AssertSame(tree, site.Stored(folder));
        (await ClientPrograms.RunAsync("rclone", "", "sync", remote, _local.At("back"), "--create-empty-src-dirs")).Expect(0);
        OddTree.AssertSame(tree, _local.At("back"));
        CommandResult again = (await ClientPrograms.RunAsync("rclone", "", "sync", "-v", _local.At("tree"), remote)).Expect(0);
        Assert.DoesNotContain("Copied", again.Error, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("127.0.0.1", false, "passive")]
    [InlineData("127.0.0.1", false, "active")]
    [InlineData("127.0.0.1", true, "passive")]
    [InlineData("127.0.0.1", true, "active")]
    [InlineData("::1", false, "active")]
    [InlineData("::1", true, "passive")]
    public async Task Python_ftplib_sends_and_fetches_a_tree(string host, bool tls, string mode)
    {
        FtpSite site = sites[host];
        Dictionary<string, string> tree = OddTree.Make(_local.At("tree"));
        (await ClientPrograms.RunAsync(
            "python3", "", Script("ftplib_tree.py"), host, Number(site.At.Port), tls ? site.Certificate : "plain", mode, FtpSite.User, FtpSite.Password,
            _local.At("tree"), _local.At("back"), Unique())).Expect(0);
        OddTree.AssertSame(tree, _local.At("back"));
    }

    [Theory]
    [InlineData("127.0.0.1", false)]
    [InlineData("127.0.0.1", true)]
    [InlineData("::1", true)]
    public async Task Node_basic_ftp_sends_and_fetches_a_tree(string host, bool tls)
    {
        FtpSite site = sites[host];
        string modules = await BasicFtpAsync();
        Dictionary<string, string> tree = OddTree.Make(_local.At("tree"));
        if (tls)
        {
            // Node ends the line of an empty file in the middle of the handshake: nobody could tell that from a cut.
            File.Delete(_local.At("tree/empty.bin"));
            tree.Remove("empty.bin");
        }

        (await ClientPrograms.RunAsync(
            "node", "", Script("basic_ftp_tree.mjs"), modules, host, Number(site.At.Port), tls ? site.Certificate : "plain", FtpSite.User, FtpSite.Password,
            _local.At("tree"), _local.At("back"), Unique())).Expect(0);
        OddTree.AssertSame(tree, _local.At("back"));
    }

    public void Dispose() => _local.Dispose();

    /// <summary>An upload whose sender died: TLS data without close_notify, which leaves no doubt.</summary>
    private static async Task BreakUploadAsync(FtpSite site, string name, ReadOnlyMemory<byte> bytes)
    {
        await using FtpWire wire = await site.LoginAsync(tls: true);
        await using FtpData data = await wire.OpenAsync("STOR " + name);
        await data.WriteAsync(bytes);
        data.Cut();
        (await wire.ReadAsync()).Expect(426);
    }

    private static Task<CommandResult> LftpAsync(FtpSite site, string setting, string commands)
    {
        string script = $"set net:max-retries 1; set net:timeout 20; set cmd:fail-exit yes; set ssl:ca-file {site.Certificate}; set ssl:check-hostname no; set {setting}; "
            + $"open -u {FtpSite.User},'{FtpSite.Password}' {Url(site, "ftp")}; {commands}";
        return ClientPrograms.RunAsync("lftp", "", "--norc", "-c", script);
    }

    /// <summary>basic-ftp from npm, once, in artifacts; skips the test, saying so, where there is no registry.</summary>
    private static async Task<string> BasicFtpAsync()
    {
        const string Version = "5.0.5";
        string folder = Path.Combine(ProgramFile.Checkout, "artifacts", "basic-ftp", Version);
        if (!Directory.Exists(Path.Combine(folder, "node_modules", "basic-ftp")))
        {
            Assert.SkipUnless(ClientPrograms.Find("npm") is not null, "skipped: npm is not installed");
            Directory.CreateDirectory(folder);
            using Command install = Command.Start(["install", "--no-audit", "--no-fund", "--prefix", folder, "basic-ftp@" + Version], program: ClientPrograms.Find("npm"));
            CommandResult installed = await install.WaitAsync();
            Assert.SkipUnless(installed.ExitCode == 0, "skipped: npm could not fetch basic-ftp: " + installed.Error);
        }

        return folder;
    }

    private static string Script(string name) => Path.Combine(ProgramFile.Checkout, "tests", "Switchboard.EndToEnd", "Ftp", "Clients", name);

    private static string Url(FtpSite site, string scheme) => $"{scheme}://{site.At}/";

    private static string Number(int number) => number.ToString(CultureInfo.InvariantCulture);

    private static string Unique() => Guid.NewGuid().ToString("N")[..8];
}
