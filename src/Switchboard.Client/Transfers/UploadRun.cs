using System.Threading.Channels;
using Switchboard.Protocol;

namespace Switchboard.Client;

/// <summary>
/// Sends any number of files in constant memory: one thread walks, reads and hashes small files ahead, one sends, one takes the answers. When the line
/// drops, what was not confirmed is sent again and the rest follows.
/// </summary>
internal sealed class UploadRun(Redial line, Tally tally)
{
    // Read ahead: 64 files of at most 256 KiB are 16 MiB.
    private const int Ahead = 64;
    private const int LargestPut = 256 * 1024;

    private readonly Queue<UploadItem> again = new();

    /// <summary>Most bytes of a file that goes in one frame.</summary>
    public static int SmallLimit(SwitchboardClient client) => (int)Math.Clamp(client.Server.PutLimit, 0, LargestPut);

    public async Task RunAsync(IEnumerable<UploadItem> items, CancellationToken ct)
    {
        using var stop = CancellationTokenSource.CreateLinkedTokenSource(ct);
        var ready = Channel.CreateBounded<UploadItem>(new BoundedChannelOptions(Ahead) { SingleReader = true, SingleWriter = true });
        var reading = Task.Run(() => ReadAheadAsync(items, ready.Writer, stop.Token), CancellationToken.None);
        try
        {
            await line.RunAsync(client => SendAllAsync(client, ready.Reader, ct), tally.How, tally.Meter, ct);
        }
        finally
        {
            await stop.CancelAsync();
            await reading;
            Release(ready.Reader);
        }
    }

    private static async Task ReadAheadAsync(IEnumerable<UploadItem> items, ChannelWriter<UploadItem> to, CancellationToken ct)
    {
        try
        {
            foreach (var item in items)
            {
                if (item.IsSmall(LargestPut))
                {
                    item.Load(LargestPut);
                }

                await to.WriteAsync(item, ct);
            }

            to.Complete();
        }
        catch (Exception e)
        {
            // Told to the sender, who stands in for this thread.
            to.Complete(e);
        }
    }

    private async Task SendAllAsync(SwitchboardClient client, ChannelReader<UploadItem> ready, CancellationToken ct)
    {
        var pipeline = new UploadPipeline(client, tally);
        try
        {
            while (again.TryDequeue(out var lost))
            {
                await pipeline.SendAsync(lost, ct);
            }

            while (await ready.WaitToReadAsync(ct))
            {
                while (ready.TryRead(out var item))
                {
                    await pipeline.SendAsync(item, ct);
                }
            }

            await pipeline.FinishAsync();
        }
        catch
        {
            await client.AbortAsync();
            await pipeline.AbandonAsync();
            TakeBack(pipeline);
            throw;
        }
    }

    private void TakeBack(UploadPipeline pipeline)
    {
        var rest = again.ToArray();
        again.Clear();
        foreach (var item in pipeline.Unconfirmed.Concat(rest))
        {
            item.Release();
            again.Enqueue(item);
        }
    }

    private static void Release(ChannelReader<UploadItem> ready)
    {
        while (ready.TryRead(out var item))
        {
            item.Release();
        }
    }
}
