using System.Buffers;
using System.Security.Cryptography;
using Switchboard.Client.Local;
using Switchboard.Client.Requests;
using Switchboard.Protocol;

namespace Switchboard.Client;

/// <summary>One file into a stream that cannot be rewound: each attempt goes on at the byte after the last one written.</summary>
internal sealed class StreamDownload(Redial line, Tally tally, string remote, Stream to) : IGetSink
{
    private readonly IncrementalHash whole = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
    private FileStart? first;
    private long position;
    private string? sha256;

    public async Task RunAsync(CancellationToken ct)
    {
        tally.Meter.Begin(remote);
        await line.RunAsync(client => FetchAsync(client, ct), tally.How, tally.Meter, ct);
        var own = Convert.ToHexStringLower(whole.GetHashAndReset());
        whole.Dispose();
        if (!string.Equals(own, sha256, StringComparison.OrdinalIgnoreCase))
        {
            throw new RefusedException(RefusalCode.DigestMismatch, remote, $"received {own}, the server has {sha256}");
        }

        tally.Done(new(remote, position, own, position, 0));
    }

    public void Folder(FolderStart folder) => throw new RefusedException(RefusalCode.IsAFolder, remote);

    public ValueTask BeginAsync(FileStart file)
    {
        if (first is not null && (first.Total != file.Total || first.Modified != file.Modified))
        {
            throw new RefusedException(RefusalCode.SourceChanged, remote, "the file changed on the server while it was written to a stream");
        }

        first ??= file;
        sha256 = file.Sha256;
        tally.Meter.SetTotal(file.Total, 1);
        return ValueTask.CompletedTask;
    }

    public async ValueTask WriteAsync(ReadOnlySequence<byte> bytes)
    {
        foreach (var segment in bytes)
        {
            whole.AppendData(segment.Span);
            await WriteAsync(segment);
            position += segment.Length;
            tally.Meter.Move(segment.Length);
        }

        await tally.Rate.TakeAsync(bytes.Length, CancellationToken.None);
    }

    public ValueTask EndAsync(string? digest)
    {
        sha256 = digest;
        return ValueTask.CompletedTask;
    }

    private async Task FetchAsync(SwitchboardClient client, CancellationToken ct)
    {
        if (first is null || position < first.Total)
        {
            var answer = new GetAnswer(this);
            await client.SendAsync(answer, new Get { Path = remote, Offset = position > 0 ? position : null }, ProtocolJson.Default.Get, ct);
            await answer.Completion.WaitAsync(ct);
        }

        sha256 ??= (await client.StatAsync(remote, digest: true, ct)).Sha256;
        await to.FlushAsync(ct);
    }

    private async ValueTask WriteAsync(ReadOnlyMemory<byte> bytes)
    {
        try
        {
            await to.WriteAsync(bytes);
        }
        catch (IOException e)
        {
            throw LocalErrors.ToRefusal(e, "-");
        }
    }
}
