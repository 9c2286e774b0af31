using System.Buffers.Binary;
using System.IO.Pipelines;
using System.Net;
using System.Net.Security;
using System.Net.Sockets;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using System.Text;
using Switchboard.Framing;
using Switchboard.Lab.Sockets;
using Switchboard.Protocol;

namespace Switchboard.Lab.Experiments;

/// <summary>One chat message on its way down: what each layer puts before it.</summary>
internal static class LayerExperiments
{
    private const string Text = "你好";

    // Both ends agree on TLS 1.3; a record there is 5 bytes of header, the content, 1 byte of type, 16 of seal (RFC 8446, 5.2).
    private const int RecordHeader = 5, RecordOverhead = RecordHeader + 1 + 16;

    private static readonly Lane s_text = new("text", ("text", "文本"), 0);
    private static readonly Lane s_frame = new("frame", ("frame", "帧"), 1);
    private static readonly Lane s_record = new("record", ("TLS record", "TLS 记录"), 2);
    private static readonly Lane s_segment = new("segment", ("TCP segment", "TCP 报文段"), 3);
    private static readonly Lane s_packet = new("packet", ("IP packet", "IP 分组"), 4);
    private static readonly Lane s_ethernet = new("ethernet", ("Ethernet frame", "以太网帧"), 5);

    public static readonly ExperimentGroup Group = new("layers", ("The layers", "分层"),
    [
        new("message-layers", ("One chat message, layer by layer", "一条聊天消息，逐层观察"), MessageLayers)
        {
            Expects = ("Six bytes of text become a frame, a TLS record, a TCP segment, an IP packet and an Ethernet frame; each holds the one before, whole.", "六字节的文本变成帧、TLS 记录、TCP 报文段、IP 分组和以太网帧；每一层都完整包含上一层。"),
            Background = ("Every layer talks with its counterpart at the other end by a header, and takes what is above it for opaque bytes. Loopback has no Ethernet: that header is assembled here, with addresses of zeros, as a capture on lo shows it.", "每一层用自己的头部与对端的同一层对话，把上层的内容当作不透明的字节。回环没有以太网：这里的以太网头是拼出来的，地址全为零，与在 lo 上抓包看到的一样。"),
        },
    ]);

    private static void MessageLayers(Bench bench)
    {
        byte[] text = Encoding.UTF8.GetBytes(Text);
        Show(bench, s_text, text, [], ("two characters, six bytes in UTF-8", "两个字，UTF-8 编码为六个字节"));
        byte[] frame = Frame(text);
        int header = 4 + BinaryPrimitives.ReadInt32BigEndian(frame);
        Show(bench, s_frame, frame, frame[..header], ("4 bytes of length, a JSON header, and the text as payload", "4 字节长度、JSON 头部，文本作为负载"));
        bench.Trace.Expect(("the frame ends in the text", "帧以文本结尾"), text, frame.AsSpan(header));

        var (record, packet, isCaptured) = SendUnderTls(bench, frame);
        Show(bench, s_record, record, record[..RecordHeader], ("type 23 (application data), version, length; then sealed bytes that nobody on the way can read", "类型 23（应用数据）、版本、长度；其后是途中无人能读的密文"));
        bench.Trace.Expect(("bytes that TLS 1.3 adds", "TLS 1.3 增加的字节数"), RecordOverhead, record.Length - frame.Length);
        bench.Trace.Expect(("the record shows the text", "记录里能看到文本"), false, record.AsSpan().IndexOf(text) >= 0);
        Lower(bench, record, packet, isCaptured);
    }

    private static void Lower(Bench bench, byte[] record, byte[] packet, bool isCaptured)
    {
        var (segmentHeader, carried) = Segments.Split(packet);
        int ip = (packet[0] & 15) * 4;
        Words origin = isCaptured ? ("captured by a raw socket", "由原始套接字捕获") : ("assembled: capturing needs CAP_NET_RAW", "拼装而成：捕获需要 CAP_NET_RAW 权限");
        Show(bench, s_segment, packet[ip..], segmentHeader, ($"ports, sequence, acknowledgement, flags, window ({origin.En})", $"端口、序号、确认号、标志、窗口（{origin.Zh}）"));
        bench.Trace.Expect(("the segment carries the record", "报文段携带的就是记录"), record, carried);
        Show(bench, s_packet, packet, packet[..ip], ("version, length, time to live, protocol 6, addresses", "版本、长度、生存时间、协议号 6、地址"));
        bench.Trace.Expect(("protocol of the packet", "分组的协议号"), 6, (int)packet[9]);
        bench.Trace.Expect(("checksum over its header", "头部校验和"), 0, (int)Checksum(packet.AsSpan(0, ip)));
        byte[] ethernet = [.. new byte[12], 0x08, 0x00, .. packet];
        Show(bench, s_ethernet, ethernet, ethernet[..14], ("two hardware addresses and the type 0800 (assembled: loopback has none)", "两个硬件地址和类型 0800（拼装而成：回环没有）"));
        bench.Trace.Expect(("bytes around six of text", "六字节文本之外的字节数"), true, ethernet.Length > 6 + 14 + 20 + 20 + RecordOverhead);
    }

    private static void Show(Bench bench, Lane lane, byte[] whole, byte[] header, Words why) =>
        bench.Trace.Add(lane, header.Length == 0 ? ByteText.Hex(whole) : $"{header.Length} + {whole.Length - header.Length}", header.Length == 0 ? $"{whole.Length}" : $"{ByteText.Hex(header)} …", why, whole);

    private static byte[] Frame(byte[] text)
    {
        var pipe = new Pipe();
        var writer = new FrameWriter(pipe.Writer);
        writer.WriteHeader("""{"type":"post","room":"lobby"}"""u8, text.Length);
        writer.WritePayload(text);
        writer.FlushAsync().AsTask().GetAwaiter().GetResult();
        pipe.Writer.Complete();
        using var bytes = new MemoryStream();
        pipe.Reader.CopyToAsync(bytes).GetAwaiter().GetResult();
        return bytes.ToArray();
    }

    /// <returns>The record that carries the frame, and the packet that carried the record.</returns>
    private static (byte[] Record, byte[] Packet, bool IsCaptured) SendUnderTls(Bench bench, byte[] frame)
    {
        Segments? raw = Segments.TryOpen(bench.Address) is { } opened ? bench.Keep(opened) : null;
        var (client, server) = bench.Tcp(Lane.Client, Lane.Server);
        using var copy = new CopyingStream(new NetworkStream(client.Socket));
        using var near = new SslStream(copy);
        using var far = new SslStream(new NetworkStream(server.Socket));
        ShakeHands(near, far);
        copy.Last = [];
        near.Write(frame);
        byte[] read = new byte[frame.Length];
        far.ReadExactly(read);
        bench.Trace.Expect(("the other end reads the frame", "对端读到的帧"), frame, read);
        byte[] record = copy.Last;
        byte[]? captured = raw is null ? null : PacketWith(raw, record);
        return (record, captured ?? Assemble(client.Local, server.Local, record), captured is not null);
    }

    private static void ShakeHands(SslStream near, SslStream far)
    {
        using var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        var request = new CertificateRequest("CN=lab", key, HashAlgorithmName.SHA256);
        using X509Certificate2 certificate = request.CreateSelfSigned(DateTimeOffset.UtcNow.AddDays(-1), DateTimeOffset.UtcNow.AddDays(1));
        var protocol = System.Security.Authentication.SslProtocols.Tls13;
        Task serving = far.AuthenticateAsServerAsync(new SslServerAuthenticationOptions { ServerCertificate = certificate, EnabledSslProtocols = protocol });
        // Its fingerprint is what counts: the certificate was made a moment ago, and for this.
        near.AuthenticateAsClientAsync(new SslClientAuthenticationOptions
        {
            TargetHost = "lab",
            EnabledSslProtocols = protocol,
            RemoteCertificateValidationCallback = (_, shown, _, _) => shown is not null && shown.GetCertHashString() == certificate.GetCertHashString(),
        }).GetAwaiter().GetResult();
        serving.GetAwaiter().GetResult();
    }

    private static byte[]? PacketWith(Segments raw, byte[] record)
    {
        for (ReadOnlySpan<byte> packet; !(packet = raw.Next()).IsEmpty;)
        {
            if (Segments.Split(packet).Payload.AsSpan().SequenceEqual(record))
            {
                return packet.ToArray();
            }
        }
        return null;
    }

    // What the kernel would have sent, but for sequence numbers that only it knows.
    private static byte[] Assemble(IPEndPoint from, IPEndPoint to, byte[] payload)
    {
        byte[] packet = new byte[40 + payload.Length];
        (packet[0], packet[8], packet[9]) = (0x45, 64, 6);
        BinaryPrimitives.WriteUInt16BigEndian(packet.AsSpan(2), (ushort)packet.Length);
        from.Address.TryWriteBytes(packet.AsSpan(12), out _);
        to.Address.TryWriteBytes(packet.AsSpan(16), out _);
        BinaryPrimitives.WriteUInt16BigEndian(packet.AsSpan(10), Checksum(packet.AsSpan(0, 20)));
        Span<byte> segment = packet.AsSpan(20);
        BinaryPrimitives.WriteUInt16BigEndian(segment, (ushort)from.Port);
        BinaryPrimitives.WriteUInt16BigEndian(segment[2..], (ushort)to.Port);
        (segment[12], segment[13]) = (0x50, 0x18);
        payload.CopyTo(segment[20..]);
        return packet;
    }

    // RFC 1071: the one's complement of the sum; over a header that holds it, zero.
    private static ushort Checksum(ReadOnlySpan<byte> header)
    {
        uint sum = 0;
        for (int i = 0; i < header.Length; i += 2)
        {
            sum += BinaryPrimitives.ReadUInt16BigEndian(header[i..]);
        }
        sum = (sum & 0xFFFF) + (sum >> 16);
        return (ushort)~((sum & 0xFFFF) + (sum >> 16));
    }

    /// <summary>Keeps what was written last.</summary>
    private sealed class CopyingStream(NetworkStream inner) : Stream
    {
        public byte[] Last { get; set; } = [];

        public override bool CanRead => true;

        public override bool CanSeek => false;

        public override bool CanWrite => true;

        public override long Length => throw new NotSupportedException();

        public override long Position { get => throw new NotSupportedException(); set => throw new NotSupportedException(); }

        public override void Flush() => inner.Flush();

        public override int Read(byte[] buffer, int offset, int count) => inner.Read(buffer, offset, count);

        public override ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default) => inner.ReadAsync(buffer, cancellationToken);

        public override void Write(byte[] buffer, int offset, int count)
        {
            Last = buffer[offset..(offset + count)];
            inner.Write(buffer, offset, count);
        }

        public override ValueTask WriteAsync(ReadOnlyMemory<byte> buffer, CancellationToken cancellationToken = default)
        {
            Last = buffer.ToArray();
            return inner.WriteAsync(buffer, cancellationToken);
        }

        public override long Seek(long offset, SeekOrigin origin) => throw new NotSupportedException();

        public override void SetLength(long value) => throw new NotSupportedException();
    }
}
