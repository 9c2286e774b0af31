using System.Globalization;
using System.Security.Cryptography;
using System.Text.Json;

namespace Switchboard.EndToEnd.Campaigns;

/// <summary>
/// Rounds of put and get in which the client or the server is killed -9, or the line is cut, after a random number of bytes. After every round
/// the files are whole, the second attempt went on where the first ended, and the bytes that went twice are counted on the line.
/// </summary>
[Collection(OneAtATime.Name)]
public sealed class KillCampaign
{
    private const int Largest = 12 << 20;
    /// <summary>The promise: at most this much is sent twice after a kill.</summary>
    private const long SentTwice = 512 * 1024;
    /// <summary>A TLS 1.3 handshake with one certificate takes less in either direction.</summary>
    private const long HandshakeBytes = 4096;
    /// <summary>At this rate the buffers of both ends are empty, so what a killed process had not read is little.</summary>
    private const long Rate = 24 << 20;

    private static readonly string[] Names = ["/a.bin", "/b.bin", "/folder/c.bin", "/名字.bin"];

    private enum Victim
    {
        Line,
        Client,
        Server,
    }

    [Fact]
    public async Task Whoever_is_killed_at_whatever_byte_the_second_attempt_goes_on_and_every_file_is_whole()
    {
        await using Field field = await Field.PrepareAsync();
        int rounds = Soak.Rounds(100, 1000);
        for (int round = 0; round < rounds; round++)
        {
            try
            {
                await field.PlayAsync(round);
            }
            catch (Exception e)
            {
                Assert.Fail($"round {round} of SWITCHBOARD_SEED={Soak.Seed}: {field.Story}\n{e.Message}\n{e.StackTrace}\nserver log:\n{Tail(field.Log)}");
            }
        }

        await field.CheckUsageAsync();
        TestContext.Current.SendDiagnosticMessage("{0}", field.Summary(rounds));
        // A campaign whose kills all come too late or too early shows nothing.
        Assert.True(field.Resumed > rounds / 3, field.Summary(rounds));
    }

    private static string Tail(string log) => log.Length > 800 ? log[^800..] : log;

    /// <summary>One server, one line to it, one account, and what should be stored.</summary>
    private sealed class Field : IAsyncDisposable
    {
        private readonly TemporaryFolder _folder = new();
        private readonly Random _dice = new(Soak.Seed);
        private readonly Dictionary<string, string> _stored = [];
        private readonly ServerProcess _server;
        private readonly CuttingRelay _relay;
        private string _token = "";
        private long _most;

        private Field(ServerProcess server)
        {
            _server = server;
            _relay = new CuttingRelay(server.Port);
        }

        public string Story { get; private set; } = "";
        public string Log => _server.Log;
        public int Resumed { get; private set; }

        public static async Task<Field> PrepareAsync()
        {
            Field field = new(await ServerProcess.StartAsync());
            await field._server.AddAccountAsync("ann", "correct horse");
            field._token = await field._server.AddTokenAsync("ann");
            (await field.RunAsync("mkdir", "/folder")).Expect(0);
            return field;
        }

        public string Summary(int rounds) => string.Create(
            CultureInfo.InvariantCulture, $"seed {Soak.Seed}: {rounds} rounds, {Resumed} resumed, at most {_most} bytes sent twice");

        public async Task PlayAsync(int round)
        {
            Victim victim = (Victim)(round % 3);
            bool put = round / 3 % 2 == 0 || _stored.Count == 0;
            // Every seventh at full speed: then what went twice is reported but not judged, for it may have waited in buffers.
            bool held = round % 7 != 0;
            await (put ? PutAsync(victim, held) : GetAsync(victim, held));
        }

        /// <summary>What the server counts, what the disk holds, and what was put are the same.</summary>
        public async Task CheckUsageAsync()
        {
            Story = "usage";
            Assert.Equal("", (await RunAsync("uploads", "--json")).Expect(0).Text);
            long sum = Directory.EnumerateFiles(_server.HomeOf("ann"), "*", SearchOption.AllDirectories).Sum(file => new FileInfo(file).Length);
            using JsonDocument space = JsonDocument.Parse((await RunAsync("df", "--json")).Expect(0).Text);
            Assert.Equal(sum, space.RootElement.GetProperty("used").GetInt64());
            Assert.Equal(0, space.RootElement.GetProperty("partial").GetInt64());
            foreach ((string name, string digest) in _stored)
            {
                Assert.Equal(digest, Digest(_server.HomeOf("ann") + name));
            }

            Assert.Empty(Directory.EnumerateFiles(Path.Combine(_server.Data, "partials"), "*", SearchOption.AllDirectories));
        }

        public async ValueTask DisposeAsync()
        {
            await _relay.DisposeAsync();
            await _server.DisposeAsync();
            _folder.Dispose();
        }

        private async Task PutAsync(Victim victim, bool held)
        {
            string name = Names[_dice.Next(Names.Length)];
            long size = _dice.Next(300_000, Largest);
            string source = _folder.RandomFile("source", size, _dice.Next());
            string wanted = Digest(source);
            string? before = _stored.GetValueOrDefault(name);

            Attempt attempt = await AttemptAsync(victim, Way.Up, size, held, ["put", source, name]);
            string standing = Digest(_server.HomeOf("ann") + name);
            Assert.True(standing == wanted || standing == (before ?? ""), $"{name} is neither the old nor the new file");
            await FinishAsync(attempt, size, wanted);

            Assert.Equal(wanted, Digest(_server.HomeOf("ann") + name));
            _stored[name] = wanted;
        }

        private async Task GetAsync(Victim victim, bool held)
        {
            (string name, string wanted) = _stored.ElementAt(_dice.Next(_stored.Count));
            long size = new FileInfo(_server.HomeOf("ann") + name).Length;
            string target = _folder.At("target");
            File.Delete(target);

            Attempt attempt = await AttemptAsync(victim, Way.Down, size, held, ["get", name, target]);
            Assert.Contains(Digest(target), new[] { "", wanted });
            await FinishAsync(attempt, size, wanted);

            Assert.Equal(wanted, Digest(target));
            Assert.Empty(Directory.EnumerateFiles(_folder.Path, "*.part*"));
        }

        private sealed record Attempt(Way Way, long Before, long At, bool Held, bool Sprung, string[] Arguments, CommandResult? Result);

        /// <summary>Runs until the victim dies, and to the end where the client survives: it goes on by itself.</summary>
        private async Task<Attempt> AttemptAsync(Victim victim, Way way, long size, bool held, string[] arguments)
        {
            // Login and answers are some KB; a little beyond the end, the kill meets the commit.
            // A quarter of the kills meet the login and the first frames.
            long at = _dice.Next(4) == 0 ? _dice.Next(1, 64 * 1024) : _dice.NextInt64(1, size + (size / 50) + 4096);
            Story = $"{string.Join(' ', arguments)} ({size} bytes), {victim} dies after {at}, {(held ? "on a slow line" : "at full speed")}";
            string[] command = [.. arguments, "--json"];
            _relay.Rate = held ? Rate : 0;
            long before = _relay.Passed(way);
            TaskCompletionSource died = new(TaskCreationOptions.RunContinuationsAsynchronously);
            Command? client = null;
            bool isHit = false;
            _relay.After(way, at, () =>
            {
                // Said first: a client that is killed may have ended before the line is cut too.
                Volatile.Write(ref isHit, true);
                Kill(victim, client, held);
                died.TrySetResult();
            });
            using (client = Command.Start(command, _server.TokenEnvironment("ann", _token, _relay.Port)))
            {
                Task<CommandResult> ended = client.WaitAsync();
                await Task.WhenAny(died.Task, ended);
                _relay.Disarm();
                bool sprung = Volatile.Read(ref isHit);
                await (sprung ? died.Task : Task.CompletedTask);
                if (victim == Victim.Server && sprung)
                {
                    await _server.Kill9Async();
                    await _server.StartAgainAsync();
                }

                CommandResult result = await ended;
                return new Attempt(way, before, at, held, sprung, command, sprung && victim == Victim.Client ? null : result);
            }
        }

        private void Kill(Victim victim, Command? client, bool held)
        {
            switch (victim)
            {
                case Victim.Client when held:
                    // As if its machine lost power: what its kernel still had to send is lost too.
                    client!.Kill9();
                    _relay.Cut();
                    break;
                case Victim.Client:
                    client!.Kill9();
                    break;
                case Victim.Server:
                    _server.SendKill9();
                    break;
                default:
                    _relay.Cut();
                    break;
            }
        }

        /// <summary>Types the command again where the client died; then judges what it said and what the line carried.</summary>
        private async Task FinishAsync(Attempt attempt, long size, string wanted)
        {
            // Cut before the first handshake was done there was no connection yet, which the client says at once, as for a wrong address.
            bool neverMet = attempt is { Sprung: true, At: < HandshakeBytes, Result.ExitCode: 5 };
            CommandResult result = (neverMet ? null : attempt.Result)
                ?? await Command.RunAsync(attempt.Arguments, _server.TokenEnvironment("ann", _token, _relay.Port));
            using JsonDocument said = JsonDocument.Parse(result.Expect(0).Text);
            Assert.Equal(wanted, said.RootElement.GetProperty("sha256").GetString());
            Assert.Equal(size, said.RootElement.GetProperty("size").GetInt64());
            if (attempt.Sprung && attempt.Held)
            {
                CountTwice(attempt, size, said.RootElement.GetProperty("resumed_at").GetInt64());
            }
        }

        private void CountTwice(Attempt attempt, long size, long resumedAt)
        {
            // TLS adds 22 bytes to a record, frames and the logins some KB: 0.5 % and 64 KiB cover them.
            long twice = Math.Max(0, _relay.Passed(attempt.Way) - attempt.Before - size - (size / 200) - (64 * 1024));
            Assert.True(twice <= SentTwice, $"{twice} bytes were sent twice");
            _most = Math.Max(_most, twice);
            if (attempt.At < 2 * SentTwice || attempt.At > size)
            {
                return;
            }

            // More had arrived than was sent twice: it went on. A client that lives through it tells where its first attempt began.
            Resumed++;
            Assert.True(resumedAt > 0 || attempt.Result is not null, "the second attempt began at 0");
        }

        private Task<CommandResult> RunAsync(params string[] arguments) => Command.RunAsync(arguments, _server.TokenEnvironment("ann", _token));

        private static string Digest(string file)
        {
            if (!File.Exists(file))
            {
                return "";
            }

            using FileStream stream = File.OpenRead(file);
            return Convert.ToHexStringLower(SHA256.HashData(stream));
        }
    }
}
