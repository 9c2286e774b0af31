using System.Text;
using System.Text.Json;
using Switchboard.Protocol;
using Xunit;

namespace Switchboard.Tests.Protocol;

public class MessagesTests
{
    [Theory]
    [InlineData("""{"type":"put","id":3}""", "put", 3L)]
    [InlineData("""{ "x":{"type":"get","id":[1]}, "id" : 9007199254740991 , "type" : "l\u0069st" }""", "list", 9007199254740991L)]
    [InlineData("""{"type":7,"id":"3"}""", null, null)]
    [InlineData("""{"id":9007199254740992}""", null, null)]
    [InlineData("""{"id":-1,"type":null}""", null, null)]
    [InlineData("""{"id":1.5,"type":"of-a-later-version-and-longer-than-any-known-name"}""", "of-a-later-version-and-longer-than-any-known-name", null)]
    [InlineData("{}", null, null)]
    [InlineData("[]", null, null)]
    [InlineData("", null, null)]
    public void Type_and_id_are_found_wherever_they_stand(string header, string? type, long? id)
    {
        var bytes = Encoding.UTF8.GetBytes(header);
        Assert.Equal(type, Messages.TypeOf(bytes));
        Assert.Equal(id, Messages.IdOf(bytes));
    }

    [Fact]
    public void Known_types_are_dispatched_without_allocating()
    {
        var header = """{"type":"put","id":3,"path":"/a"}"""u8.ToArray();
        Messages.TypeOf(header);
        var before = GC.GetAllocatedBytesForCurrentThread();
        for (var i = 0; i < 100; i++)
        {
            Messages.TypeOf(header);
        }
        Assert.Equal(before, GC.GetAllocatedBytesForCurrentThread());
    }

    [Fact]
    public void Unknown_fields_and_nulls_are_as_good_as_absent()
    {
        var put = Messages.Read("""{"type":"put","id":3,"path":"文件","sha256":null,"colour":{"of":["a","later"]},"size":4}"""u8, ProtocolJson.Default.Put);
        Assert.Equal(new Put { Id = 3, Path = "文件", Size = 4 }, put);
    }

    [Theory]
    [InlineData("""{"type":"put","id":3}""", "path")]
    [InlineData("""{"type":"put","id":3,"path":5}""", "path")]
    [InlineData("""{"type":"put","id":3,"path":"a","mode":1.5}""", "mode")]
    [InlineData("""{"type":"put","id":3,"path":"a","parents":"yes"}""", "parents")]
    [InlineData("""{"type":"put","id":-3,"path":"a"}""", "id")]
    [InlineData("""{"type":"put","id":9007199254740992,"path":"a"}""", "id")]
    [InlineData("""{"type":"put","id":3,"path":"a","path":"b"}""", "path")]
    public void A_message_that_is_not_as_described_is_refused_and_names_the_field(string header, string field)
    {
        var refused = Assert.Throws<RefusedException>(() => Messages.Read(Encoding.UTF8.GetBytes(header), ProtocolJson.Default.Put));
        Assert.Equal(RefusalCode.BadRequest, refused.Code);
        Assert.Contains(field, RefusalText.Sentence(refused.Refusal, Language.English), StringComparison.Ordinal);
        Assert.DoesNotContain("Switchboard", refused.Refusal.Detail, StringComparison.Ordinal);
    }

    [Fact]
    public void A_header_leaves_out_what_is_absent()
    {
        var json = JsonSerializer.Serialize(new UploadRequest { Id = 1, Path = "a", IfExists = "skip" }, ProtocolJson.Default.UploadRequest);
        Assert.Equal("""{"id":1,"type":"upload","path":"a","if_exists":"skip"}""", json);
    }

    [Fact]
    public void Every_type_of_a_message_is_in_the_table_and_the_other_way_round()
    {
        var types = typeof(Message).Assembly.GetTypes()
            .Where(type => type.IsSubclassOf(typeof(Message)))
            .Select(type => ((Message)System.Runtime.CompilerServices.RuntimeHelpers.GetUninitializedObject(type)).Type);
        Assert.Equal(MessageTypes.All.Order(StringComparer.Ordinal), types.Distinct().Order(StringComparer.Ordinal));
    }

    [Fact]
    public void Every_message_and_item_can_be_written_without_reflection()
    {
        var known = typeof(ProtocolJson).GetProperties().Select(property => property.Name).ToHashSet();
        var needed = typeof(Message).Assembly.GetTypes().Where(type => type.IsSubclassOf(typeof(Message)) || type.Name.EndsWith("Entry", StringComparison.Ordinal));
        Assert.All(needed, type => Assert.Contains(type.Name, known));
    }
}
