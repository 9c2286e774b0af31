using Switchboard.Client.Local;
using Switchboard.Client.Requests;
using Switchboard.Protocol;

namespace Switchboard.Client;

/// <summary>Takes one thing away at a sync's target; what it cannot remove is told as a failure.</summary>
internal interface IRemover
{
    Task RemoveAsync(string path, bool isFolder, CancellationToken ct);
}

internal sealed class RemoteRemover(Redial line, Tally tally, string remote) : IRemover
{
    public async Task RemoveAsync(string path, bool isFolder, CancellationToken ct)
    {
        var target = RemotePath.Join(remote, path);
        try
        {
            await line.RunAsync(client => client.RemoveAsync(target, recursive: false, ct: ct), tally.How, tally.Meter, ct);
        }
        catch (RefusedException e) when (e.Code == RefusalCode.NotFound)
        {
            // Gone already: an answer of an earlier attempt was lost, or somebody was faster.
            return;
        }
        catch (RefusedException e) when (!LineErrors.IsPassing(e.Refusal))
        {
            tally.Fail(target, e);
        }
    }
}

internal sealed class LocalRemover(TargetFolder folder, Tally tally) : IRemover
{
    public Task RemoveAsync(string path, bool isFolder, CancellationToken ct)
    {
        try
        {
            LocalErrors.Run(path, () =>
            {
                if (isFolder)
                {
                    folder.RemoveFolder(path);
                }
                else
                {
                    folder.RemoveFile(path);
                }
            });
        }
        catch (RefusedException e)
        {
            tally.Fail(Path.Combine(folder.Path, path), e);
        }

        return Task.CompletedTask;
    }
}
