using System.Globalization;
using System.IO.Pipelines;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;
using System.Text.RegularExpressions;
using Switchboard.Framing;
using Switchboard.Protocol;
using Xunit;

namespace Switchboard.Tests.Protocol;

/// <summary>The test vectors of docs/protocol.md. They were computed by other programs than ours.</summary>
public partial class VectorTests
{
    public static TheoryData<Dictionary<string, string>> Frames => Vectors("vector-frame");

    public static TheoryData<Dictionary<string, string>> Verifiers => Vectors("vector-verifier");

    public static TheoryData<Dictionary<string, string>> Exchanges => Vectors("vector-scram");

    public static TheoryData<Dictionary<string, string>> ErrorAnswers => Vectors("vector-error");

    public static TheoryData<Dictionary<string, string>> Datagrams => Vectors("vector-datagram");

    public static TheoryData<Dictionary<string, string>> Tokens => Vectors("vector-token");

    public static TheoryData<string> BadFrames => [.. ProtocolDocument.Current.Blocks.Single(block => block.Info == "vector-bad-frame").Lines];

    [Theory]
    [MemberData(nameof(Frames))]
    public async Task A_frame_is_read_and_written_as_shown(Dictionary<string, string> vector)
    {
        var (bytes, payload) = (Convert.FromHexString(vector["frame"]), Convert.FromHexString(vector["payload"]));
        var reader = new FrameReader(PipeReader.Create(new MemoryStream(bytes)));
        var frame = Assert.NotNull(await reader.ReadAsync());
        Assert.Equal(vector["header"], Encoding.UTF8.GetString(frame.Header.Span));
        Assert.Equal(payload.Length, frame.Size);
        Assert.Equal(bytes, await WrittenAsync(SizeField().Replace(vector["header"], ""), payload));
    }

    [Theory]
    [MemberData(nameof(BadFrames))]
    public async Task A_broken_frame_is_told_as_shown(string line)
    {
        var (bytes, error) = (Convert.FromHexString(line.Split(' ')[0]), line.Split(' ')[1]);
        var reader = new FrameReader(PipeReader.Create(new MemoryStream(bytes)));
        var broken = await Assert.ThrowsAsync<FrameException>(async () =>
        {
            while (await reader.ReadAsync() is not null)
            {
                await reader.SkipPayloadAsync(CancellationToken.None);
            }
        });
        Assert.Equal(error, JsonNamingPolicy.KebabCaseLower.ConvertName(broken.Error.ToString()).Replace("utf-8", "utf8", StringComparison.Ordinal));
    }

    [Theory]
    [MemberData(nameof(Verifiers))]
    public void A_verifier_is_made_as_shown(Dictionary<string, string> vector)
    {
        var verifier = Scram.CreateVerifier(Text(vector["secret"]), int.Parse(vector["iterations"]), Convert.FromBase64String(vector["salt"]));
        Assert.Equal((vector["salt"], vector["stored_key"], vector["server_key"]), (verifier.Salt, verifier.StoredKey, verifier.ServerKey));
    }

    [Theory]
    [MemberData(nameof(Exchanges))]
    public void An_exchange_goes_as_shown(Dictionary<string, string> vector)
    {
        var channel = vector.TryGetValue("channel_binding", out var hex) ? Convert.FromHexString(hex) : null;
        var (nonce, combined, salt, iterations) = (Field(vector["client_first"], 'r'), Field(vector["server_first"], 'r'), Field(vector["server_first"], 's'), int.Parse(Field(vector["server_first"], 'i')));
        var client = new ScramClient(vector["user"], Text(vector["secret"]), channel, Scram.TokenIterations, nonce);
        Assert.Equal((vector["mechanism"], vector["client_first"]), (client.Mechanism, client.First()));
        var first = ScramFirst.Parse(client.Mechanism, client.First(), channel is not null);
        Assert.Equal(vector["user"], first.User);
        var verifier = Scram.CreateVerifier(Text(vector["secret"]), iterations, Convert.FromBase64String(salt));
        var server = new ScramServer(first, verifier, channel, combined[nonce.Length..]);
        Assert.Equal(vector["server_first"], server.First());
        Assert.Equal(vector["client_final"], client.Final(server.First()));
        Assert.Equal(vector["server_final"], server.Final(vector["client_final"]));
        client.Verify(vector["server_final"]);
    }

    [Theory]
    [MemberData(nameof(ErrorAnswers))]
    public void An_error_is_told_as_shown(Dictionary<string, string> vector)
    {
        var facts = JsonSerializer.Deserialize(WithMessage(vector["refusal"]), ProtocolJson.Default.ErrorAnswer)!;
        var answer = Errors.ToAnswer(Errors.ToRefusal(facts), 9, Languages.Parse(vector["lang"]));
        var json = JsonSerializer.Serialize(answer, ProtocolJson.Default.ErrorAnswer);
        Assert.True(JsonNode.DeepEquals(JsonNode.Parse(vector["header"]), JsonNode.Parse(json)), json);
    }

    [Theory]
    [MemberData(nameof(Tokens))]
    public void A_token_is_written_and_read_as_shown(Dictionary<string, string> vector)
    {
        var token = new DeviceToken(vector["id"], vector["secret"]);
        Assert.Equal(vector["text"], token.ToString());
        Assert.True(DeviceToken.TryParse(vector["text"], out var read));
        Assert.Equal(token, read);
    }

    [Theory]
    [MemberData(nameof(Datagrams))]
    public void A_datagram_is_sealed_and_opened_as_shown(Dictionary<string, string> vector)
    {
        bool fromServer = vector["from"] == "server";
        long number = long.Parse(vector["number"], CultureInfo.InvariantCulture);
        int epoch = int.Parse(vector["epoch"], CultureInfo.InvariantCulture);
        DatagramCipher cipher = DatagramCipher.First(Convert.FromHexString(vector["secret"]), fromServer);
        for (int renewed = 0; renewed < epoch; renewed++)
        {
            cipher = cipher.Next();
        }

        byte[] body = Convert.FromHexString(vector["body"]), expected = Convert.FromHexString(vector["datagram"]);
        byte[] datagram = [.. new byte[DatagramLayout.HeadBytes], .. body, .. new byte[DatagramLayout.TagBytes]];
        DatagramLayout.WriteHead(datagram, fromServer, epoch, Convert.ToUInt64(vector["session"], 16), number);
        cipher.Seal(number, datagram);
        Assert.Equal(expected, datagram);
        Assert.True(cipher.TryOpen(number, expected));
        Assert.Equal(body, expected[DatagramLayout.HeadBytes..^DatagramLayout.TagBytes]);
    }

    [Fact]
    public void A_fingerprint_is_shown_as_shown()
    {
        var vector = ProtocolDocument.Current.Vectors("vector-fingerprint").Single();
        using var key = ECDsa.Create();
        key.ImportSubjectPublicKeyInfo(Convert.FromHexString(vector["spki"]), out _);
        using var issuer = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        var name = new X500DistinguishedName("CN=vector");
        var request = new CertificateRequest(name, new PublicKey(key), HashAlgorithmName.SHA256);
        using var certificate = request.Create(name, X509SignatureGenerator.CreateForECDsa(issuer), DateTimeOffset.UnixEpoch, DateTimeOffset.UnixEpoch.AddDays(1), [1]);
        Assert.Equal(vector["fingerprint"], CertificateIdentity.Fingerprint(certificate));
    }

    private static TheoryData<Dictionary<string, string>> Vectors(string info) => [.. ProtocolDocument.Current.Vectors(info)];

    private static string Text(string json) => JsonSerializer.Deserialize<string>(json)!;

    private static string Field(string message, char name) => message.Split(',').Single(field => field.StartsWith($"{name}=", StringComparison.Ordinal))[2..];

    private static string WithMessage(string refusal) => refusal.Replace("{", """{"message":"",""", StringComparison.Ordinal);

    private static async Task<byte[]> WrittenAsync(string header, byte[] payload)
    {
        var stream = new MemoryStream();
        var writer = new FrameWriter(PipeWriter.Create(stream));
        writer.WriteHeader(Encoding.UTF8.GetBytes(header), payload.Length);
        writer.WritePayload(payload);
        await writer.FlushAsync();
        return stream.ToArray();
    }

    [GeneratedRegex(",\"size\":[0-9]+")]
    private static partial Regex SizeField();
}
