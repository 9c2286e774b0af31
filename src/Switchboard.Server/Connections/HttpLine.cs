using System.IO.Pipelines;
using System.Net;
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

    private readonly Connection _connection;
    private readonly CancellationTokenSource _closed = new();
    private readonly TaskCompletionSource _done = new(TaskCreationOptions.RunContinuationsAsynchronously);

    public HttpLine(Connection connection, bool overLimit)
    {
        _connection = connection;
        IsOverLimit = overLimit;
        ConnectionId = Guid.NewGuid().ToString("N");
        Input = ReadAheadPipe.Start(connection.Stream, readsOn: true).Input;
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

    public PipeReader Input { get; }

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
        _connection.Abort();
        await Input.CompleteAsync();
        _closed.Dispose();
        await base.DisposeAsync();
        _done.TrySetResult();
    }

    private async Task CloseAsync()
    {
        using var limit = new CancellationTokenSource(TimeSpan.FromSeconds(1));
        try
        {
            await _connection.EndWritingAsync(limit.Token);
        }
        catch (Exception e) when (e is IOException or ObjectDisposedException or InvalidOperationException or OperationCanceledException)
        {
            // The peer was quicker, or does not read.
        }
    }

    private sealed class Encrypted : ITlsConnectionFeature
    {
        public X509Certificate2? ClientCertificate { get; set; }

        public Task<X509Certificate2?> GetClientCertificateAsync(CancellationToken cancellationToken) =>
            Task.FromResult<X509Certificate2?>(null);
    }
}
