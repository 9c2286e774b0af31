using System.Globalization;
using System.Text.Json;
using Switchboard.EndToEnd.Ftp;

namespace Switchboard.EndToEnd.Campaigns;

/// <summary>
/// Rounds of <c>curl -T</c> over FTP in which curl or the server is killed -9 when a random number of bytes has arrived. What stands under the
/// name is always the old file or the new one, whole; the same command with <c>-C -</c> goes on.
/// </summary>
[Collection(OneAtATime.Name)]
public sealed class FtpKillCampaign
{
    private const int Largest = 8 << 20;
    /// <summary>Slow enough that the kill meets the middle.</summary>
    private const string Rate = "24M";

    [Fact]
    public async Task Whoever_is_killed_at_whatever_byte_no_half_file_shows_and_the_second_attempt_goes_on()
    {
        await using Field field = await Field.PrepareAsync();
        int rounds = Soak.Rounds(24, 400);
        for (int round = 0; round < rounds; round++)
        {
            try
            {
                await field.PlayAsync(round);
            }
            catch (Exception e) when (e is not OutOfMemoryException)
            {
                Assert.Fail($"round {round} of SWITCHBOARD_SEED={Soak.Seed}: {field.Story}\n{e.Message}\n{e.StackTrace}");
            }
        }

        await field.CheckUsageAsync();
        string summary = string.Create(CultureInfo.InvariantCulture, $"seed {Soak.Seed}: {rounds} rounds, {field.Killed} killed in the middle, {field.Resumed} resumed");
        TestContext.Current.SendDiagnosticMessage("{0}", summary);
        // A campaign whose kills all come too late or too early shows nothing.
        Assert.True(field.Killed > rounds / 2 && field.Resumed > rounds / 4, summary);
    }

    private sealed class Field(FtpSite site) : IAsyncDisposable
    {
        private readonly Random _dice = new(Soak.Seed);

        public string Story { get; private set; } = "";
        public int Killed { get; private set; }
        public int Resumed { get; private set; }

        private string Partials => Path.Combine(site.Server.Data, "partials");

        public static async Task<Field> PrepareAsync() => new(await FtpSite.StartAsync());

        public ValueTask DisposeAsync() => site.DisposeAsync();

        public async Task PlayAsync(int round)
        {
            bool over = round % 3 == 2, tls = round % 2 == 0, killsServer = _dice.Next(4) == 0;
            string name = over ? "over.bin" : string.Create(CultureInfo.InvariantCulture, $"new{round}.bin");
            int size = _dice.Next(400_000, Largest);
            string source = site.Local.RandomFile("source", size, _dice.Next());
            string before = Standing(name), wanted = FtpSite.DigestOf(source);
            int at = _dice.Next(1, size);
            Story = $"{name} ({size} bytes, {(tls ? "TLS" : "plain")}), {(killsServer ? "the server" : "curl")} dies after {at}";

            bool killed = await AttemptAsync(source, name, tls, at, killsServer);
            string standing = Standing(name);
            Assert.True(standing == before || standing == wanted, $"{name} is neither what it was nor the new file");
            Killed += killed && standing != wanted ? 1 : 0;
            await FinishAsync(source, name, tls, over);
            Assert.Equal(wanted, Standing(name));
        }

        /// <summary>What the server counts is what the disk holds, and nothing unfinished is left.</summary>
        public async Task CheckUsageAsync()
        {
            Story = "usage";
            long sum = Directory.EnumerateFiles(site.Home).Sum(file => new FileInfo(file).Length);
            CommandResult df = await site.Server.ClientAsync(FtpSite.User, FtpSite.Password, "df", "--json");
            using JsonDocument space = JsonDocument.Parse(df.Expect(0).Text);
            Assert.Equal(sum, space.RootElement.GetProperty("used").GetInt64());
            Assert.Equal(0, space.RootElement.GetProperty("partial").GetInt64());
            Assert.Empty(Directory.EnumerateFiles(Partials, "*", SearchOption.AllDirectories));
        }

        /// <summary>Runs until the victim dies or the upload is done; returns whether it died in time.</summary>
        private async Task<bool> AttemptAsync(string source, string name, bool tls, int at, bool killsServer)
        {
            int sockets = site.OpenSockets;
            using Command curl = ClientPrograms.Start("curl", "", [.. Options(tls), "--limit-rate", Rate, "-T", source, $"ftp://{site.At}/{name}"]);
            Task<CommandResult> ended = curl.WaitAsync();
            await FtpSite.UntilAsync(() => ended.IsCompleted || Arrived() >= at, () => Story + ": nothing arrives");
            bool inTime = !ended.IsCompleted;
            if (killsServer)
            {
                await site.Server.Kill9Async();
                await ended;
                await site.Server.StartAgainAsync();
                return inTime;
            }

            curl.Kill9();
            await ended;
            // What it decides about the end of that upload, the server has decided when the session is gone.
            await FtpSite.UntilAsync(() => site.OpenSockets <= sockets, () => Story + ": the session does not end");
            return inTime;
        }

        private async Task FinishAsync(string source, string name, bool tls, bool over)
        {
            // Where a file stands -C - would lengthen it: SIZE tells of the file.
            string[] goOn = over ? [] : ["-C", "-"];
            CommandResult result = await ClientPrograms.RunAsync("curl", "", [.. Options(tls), "-v", .. goOn, "-T", source, $"ftp://{site.At}/{name}"]);
            result.Expect(0);
            Resumed += result.Error.Contains("> APPE", StringComparison.Ordinal) ? 1 : 0;
        }

        private string[] Options(bool tls)
            => ["-sS", "-u", $"{FtpSite.User}:{FtpSite.Password}", .. tls ? (string[])["--ssl-reqd", "--cacert", site.Certificate] : []];

        private long Arrived() => Directory.EnumerateFiles(Partials, "*", SearchOption.AllDirectories).Select(file => new FileInfo(file)).Sum(file => file.Exists ? file.Length : 0);

        private string Standing(string name) => File.Exists(site.Stored(name)) ? FtpSite.DigestOf(site.Stored(name)) : "";
    }
}
