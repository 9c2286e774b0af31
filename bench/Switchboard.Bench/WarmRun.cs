using System.Diagnostics;
using System.Globalization;
using Switchboard.Client;

namespace Switchboard.Bench;

/// <summary>
/// How long <c>true</c> takes over one open connection: <c>warm-run HOST:PORT USER FINGERPRINT COUNT</c>, the device token in SWITCHBOARD_TOKEN.
/// COUNT runs, one after the other, then as many again for each line of the input, so that blocks may take turns with another tool's.
/// One line each: microseconds from the call to the exit code.
/// </summary>
internal static class WarmRun
{
    public static async Task RunAsync(string address, string user, string fingerprint, int count)
    {
        var options = new ConnectOptions
        {
            Address = ServerAddress.Parse(address),
            User = user,
            Fingerprint = fingerprint,
            Token = Environment.GetEnvironmentVariable("SWITCHBOARD_TOKEN"),
        };
        await using var client = await SwitchboardClient.ConnectAsync(options);
        do
        {
            foreach (var took in await BlockAsync(client, count))
            {
                Console.WriteLine(took.TotalMicroseconds.ToString("F1", CultureInfo.InvariantCulture));
            }
        }
        while (Console.ReadLine() is not null);
    }

    // Nothing is written meanwhile: whoever reads it would run beside the next one.
    private static async Task<IReadOnlyList<TimeSpan>> BlockAsync(SwitchboardClient client, int count)
    {
        var run = RunOptions.Of("true");
        var taken = new TimeSpan[count];
        for (var i = 0; i < count; i++)
        {
            var clock = Stopwatch.GetTimestamp();
            var result = await client.RunAsync(run);
            taken[i] = Stopwatch.GetElapsedTime(clock);
            if (result.Exit != 0)
            {
                throw new InvalidOperationException($"true ended with {result.Exit}: {result.Outcome}");
            }
        }

        return taken;
    }
}
