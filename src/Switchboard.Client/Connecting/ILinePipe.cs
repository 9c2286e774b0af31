using System.IO.Pipelines;

namespace Switchboard.Client.Connecting;

/// <summary>The bytes of a line, whatever carries them.</summary>
internal interface ILinePipe : IDuplexPipe, IAsyncDisposable
{
    /// <summary>Closes both directions at once; whoever reads or writes is told.</summary>
    void Abort();
}
