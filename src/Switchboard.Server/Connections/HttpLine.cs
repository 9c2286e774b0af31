using System.IO.Pipelines;
using System.Net;
using System.Net.Sockets;
using System.Runtime.CompilerServices;
using System.Security.Cryptography.X509Certificates;
using Microsoft.AspNetCore.Connections;
using Microsoft.AspNetCore.Connections.Features;
using Microsoft.AspNetCore.Http.Features;
using Switchboard.Framing;

namespace Switchboard.Server.Connections;

/// <summary>A connection that speaks HTTP, as Kestrel wants to see it. It is done when Kestrel lets go of it.</summary>
internal sealed class HttpLine : ConnectionContext, IDuplexPipe, IHttpConnectionFeature
{
    /// <summary>A TLS record and its frame; downloads ask for larger pieces themselves.</summary>
    private const int OutputBytes = 16 * 1024;

    /// <summary>Silence after which a peer that was told the end is taken to have heard it.</summary>
    private static readonly TimeSpan LingerQuiet = TimeSpan.FromSeconds(2);

    /// <summary>How long a peer that goes on sending is heard. One that sends longer is reset, and may lose the answer.</summary>
    private static readonly TimeSpan LingerMost = TimeSpan.FromSeconds(30);

    private readonly Connection _connection;
    private readonly LastReader _input;
    private readonly CancellationTokenSource _closed = new();
    private readonly TaskCompletionSource _done = new(TaskCreationOptions.RunContinuationsAsynchronously);

    public HttpLine(Connection connection, bool overLimit)
    {
        _connection = connection;
        IsOverLimit = overLimit;
        ConnectionId = Guid.NewGuid().ToString("N");
        _input = new LastReader(ReadAheadPipe.Start(connection.Stream, readsOn: true).Input);
        Output = PipeWriter.Create(connection.Stream, new StreamPipeWriterOptions(minimumBufferSize: OutputBytes, leaveOpen: true));
        Transport = this;
        Features.Set<IHttpConnectionFeature>(this);
        Features.Set(this);
        if (connection.Kind == ConnectionKind.Tls)
        {
            // Its presence tells Kestrel that the scheme is https; the handshake was ours.
            Features.Set<ITlsConnectionFeature>(new Encrypted());
        }
    }

    public PipeReader Input => _input;

    public PipeWriter Output { get; }

    public override string ConnectionId { get; set; }

    public override IFeatureCollection Features { get; } = new FeatureCollection();

    public override IDictionary<object, object?> Items { get; set; } = new ConnectionItems();

    public override IDuplexPipe Transport { get; set; }

    public override CancellationToken ConnectionClosed
    {
        get => _closed.Token;
        set => throw new NotSupportedException();
    }

    /// <summary>The peer's address without its port.</summary>
    public string From => _connection.From;

    public bool IsEncrypted => _connection.Kind == ConnectionKind.Tls;

    /// <summary>There is no place for it: it is told so and closed.</summary>
    public bool IsOverLimit { get; }

    /// <summary>Completes when Kestrel is done with it.</summary>
    public Task Done => _done.Task;

    IPAddress? IHttpConnectionFeature.RemoteIpAddress { get; set; }

    int IHttpConnectionFeature.RemotePort { get; set; }

    IPAddress? IHttpConnectionFeature.LocalIpAddress { get; set; }

    int IHttpConnectionFeature.LocalPort { get; set; }

    public override void Abort(ConnectionAbortedException abortReason)
    {
        _closed.Cancel();
        _connection.Abort();
    }

    public override async ValueTask DisposeAsync()
    {
        await _closed.CancelAsync();
        await Output.CompleteAsync();
        await CloseAsync();
        await _input.Inner.CompleteAsync();
        _closed.Dispose();
        await base.DisposeAsync();
        _done.TrySetResult();
    }

    // RFC 9112, 9.6: a socket that is closed with unread input is reset, and the reset can overtake the answer. So the end is told and the input read
    // until the peer has closed, too. The socket is then closed and not aborted: a slow reader still gets what the kernel holds for it.
    private async Task CloseAsync()
    {
        using var limit = new CancellationTokenSource(LingerQuiet);
        try
        {
            await _connection.EndWritingAsync(limit.Token);
            long until = Environment.TickCount64 + (long)LingerMost.TotalMilliseconds;
            while (Environment.TickCount64 < until && await _input.PassOverAsync(limit.Token))
            {
                limit.CancelAfter(LingerQuiet);
            }
        }
        catch (Exception e) when (e is IOException or ObjectDisposedException or InvalidOperationException or OperationCanceledException or SocketException)
        {
            // The peer was quicker, or does not read, or was aborted.
        }
    }

    /// <summary>The input, of which Kestrel reads the requests and we what comes behind them.</summary>
    private sealed class LastReader(PipeReader inner) : PipeReader
    {
        private SequencePosition? _end;

        public PipeReader Inner => inner;

        [AsyncMethodBuilder(typeof(PoolingAsyncValueTaskMethodBuilder<>))]
        public override async ValueTask<ReadResult> ReadAsync(CancellationToken cancellationToken = default) => Hold(await inner.ReadAsync(cancellationToken));

        public override bool TryRead(out ReadResult result)
        {
            bool isThere = inner.TryRead(out result);
            if (isThere)
            {
                Hold(result);
            }

            return isThere;
        }

        public override void AdvanceTo(SequencePosition consumed) => AdvanceTo(consumed, consumed);

        public override void AdvanceTo(SequencePosition consumed, SequencePosition examined)
        {
            _end = null;
            inner.AdvanceTo(consumed, examined);
        }

        public override void CancelPendingRead() => inner.CancelPendingRead();

        // Kestrel's last word; ours comes after it.
        public override void Complete(Exception? exception = null)
        {
        }

        /// <summary>Passes over what is there, or comes next. False at the end.</summary>
        public async ValueTask<bool> PassOverAsync(CancellationToken cancel)
        {
            if (_end is { } left)
            {
                AdvanceTo(left);
            }

            ReadResult result = await inner.ReadAsync(cancel);
            inner.AdvanceTo(result.Buffer.End);
            return !result.IsCompleted;
        }

        private ReadResult Hold(ReadResult result)
        {
            _end = result.Buffer.End;
            return result;
        }
    }

    private sealed class Encrypted : ITlsConnectionFeature
    {
        public X509Certificate2? ClientCertificate { get; set; }

        public Task<X509Certificate2?> GetClientCertificateAsync(CancellationToken cancellationToken) =>
            Task.FromResult<X509Certificate2?>(null);
    }
}
