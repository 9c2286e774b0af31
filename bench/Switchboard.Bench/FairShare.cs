using System.Globalization;
using Switchboard.Client;

namespace Switchboard.Bench;

/// <summary>One upload over TCP and one over UDP at the same time through the same narrow path: who gets how much of it.</summary>
internal static class FairShare
{
    public static async Task RunAsync(string address, string user, string fingerprint, int seconds)
    {
        var options = new ConnectOptions
        {
            Address = ServerAddress.Parse(address),
            User = user,
            Token = Environment.GetEnvironmentVariable("SWITCHBOARD_TOKEN"),
            Fingerprint = fingerprint,
            ConnectTimeout = TimeSpan.FromSeconds(30),
        };
        using CancellationTokenSource stop = new();
        var tcp = new Meter();
        var udp = new Meter();
        Task[] sending = [SendAsync(options, "/tcp", tcp, stop.Token), SendAsync(options with { Datagrams = true }, "/udp", udp, stop.Token)];
        await Task.Delay(TimeSpan.FromSeconds(5));
        (long tcpBefore, long udpBefore) = (tcp.Bytes, udp.Bytes);
        await Task.Delay(TimeSpan.FromSeconds(seconds));
        double mbit(long bytes) => bytes * 8 / 1e6 / seconds;
        Console.WriteLine(string.Create(CultureInfo.InvariantCulture, $$"""{"tcp_mbit_s": {{mbit(tcp.Bytes - tcpBefore):0.00}}, "udp_mbit_s": {{mbit(udp.Bytes - udpBefore):0.00}}}"""));
        await stop.CancelAsync();
        await Task.WhenAll(sending).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
    }

    private static async Task SendAsync(ConnectOptions options, string remote, Meter meter, CancellationToken stop)
    {
        string local = Path.GetTempFileName();
        try
        {
            await using (FileStream file = File.OpenWrite(local))
            {
                file.SetLength(200_000_000);
            }

            await using var transfers = new Transfers(options);
            await transfers.UploadAsync([local], remote, progress: meter, ct: stop);
        }
        finally
        {
            File.Delete(local);
        }
    }

    private sealed class Meter : IProgress<TransferProgress>
    {
        private long _bytes;

        public long Bytes => Interlocked.Read(ref _bytes);

        public void Report(TransferProgress value) => Interlocked.Exchange(ref _bytes, value.Bytes);
    }
}
