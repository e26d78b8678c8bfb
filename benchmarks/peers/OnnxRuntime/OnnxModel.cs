using System.Runtime.InteropServices;
using Engine.Layers;
using Engine.Networks;
using Google.Protobuf;

namespace Engine.Peers;

/// <summary>Writes a chain of dense layers with ReLU between as an ONNX model, opset 13: Gemm, Relu, Gemm, …, Gemm.</summary>
/// <remarks>
/// <para>The input is "input", N x inputs; the output is "logits", N x outputs; both float, N free.</para>
/// <para>ONNX is protobuf. These are the fields that are written, by number and name, as in onnx.proto:</para>
/// <list type="table">
/// <item><term>ModelProto</term><description>1 ir_version, 2 producer_name, 7 graph, 8 opset_import</description></item>
/// <item><term>OperatorSetIdProto</term><description>1 domain (empty: that of ONNX itself), 2 version</description></item>
/// <item><term>GraphProto</term><description>1 node, 2 name, 5 initializer, 11 input, 12 output</description></item>
/// <item><term>NodeProto</term><description>1 input, 2 output, 3 name, 4 op_type; Gemm's attributes keep their defaults: X·W + bias</description></item>
/// <item><term>TensorProto</term><description>1 dims, 2 data_type (1 is float), 8 name, 9 raw_data (little-endian)</description></item>
/// <item><term>ValueInfoProto</term><description>1 name, 2 type</description></item>
/// <item><term>TypeProto</term><description>1 tensor_type</description></item>
/// <item><term>TypeProto.Tensor</term><description>1 elem_type (1 is float), 2 shape</description></item>
/// <item><term>TensorShapeProto</term><description>1 dim</description></item>
/// <item><term>TensorShapeProto.Dimension</term><description>1 dim_value, 2 dim_param (a name for a size that is free)</description></item>
/// </list>
/// </remarks>
internal static class OnnxModel
{
    public const string Input = "input";
    public const string Output = "logits";

    private const int IrVersion = 7;
    private const int OpsetVersion = 13;
    private const int Float = 1;

    /// <summary>The bytes of the model.</summary>
    public static byte[] Write(Network network) => Message(model =>
    {
        WriteInteger(model, 1, IrVersion);
        WriteText(model, 2, "OnnxRuntimePeer");
        WriteMessage(model, 7, graph => WriteGraph(graph, network));
        WriteMessage(model, 8, opset =>
        {
            WriteText(opset, 1, "");
            WriteInteger(opset, 2, OpsetVersion);
        });
    });

    private static void WriteGraph(CodedOutputStream graph, Network network)
    {
        int count = network.DenseLayers.Count;
        for (int i = 0; i < count; i++)
        {
            bool isLast = i == count - 1;
            string sum = isLast ? Output : $"sum{i}";
            WriteNode(graph, "Gemm", [i == 0 ? Input : $"relu{i - 1}", $"weights{i}", $"bias{i}"], sum);
            if (!isLast)
            {
                WriteNode(graph, "Relu", [sum], $"relu{i}");
            }
        }
        WriteText(graph, 2, "network");
        for (int i = 0; i < count; i++)
        {
            Dense layer = network.DenseLayers[i];
            WriteTensor(graph, $"weights{i}", [layer.Inputs, layer.Outputs], PeerNetwork.Weights(layer));
            WriteTensor(graph, $"bias{i}", [layer.Outputs], PeerNetwork.Bias(layer));
        }
        WriteValueInfo(graph, 11, Input, network.Inputs);
        WriteValueInfo(graph, 12, Output, network.Outputs);
    }

    /// <summary>A NodeProto, named after its output.</summary>
    private static void WriteNode(CodedOutputStream graph, string operation, string[] inputs, string output) => WriteMessage(graph, 1, node =>
    {
        foreach (string input in inputs)
        {
            WriteText(node, 1, input);
        }
        WriteText(node, 2, output);
        WriteText(node, 3, output);
        WriteText(node, 4, operation);
    });

    /// <summary>A TensorProto among the initializers.</summary>
    private static void WriteTensor(CodedOutputStream graph, string name, int[] shape, float[] values) => WriteMessage(graph, 5, tensor =>
    {
        foreach (int size in shape)
        {
            WriteInteger(tensor, 1, size);
        }
        WriteInteger(tensor, 2, Float);
        WriteText(tensor, 8, name);
        WriteBytes(tensor, 9, MemoryMarshal.AsBytes<float>(values));
    });

    /// <summary>A ValueInfoProto: floats, N x columns.</summary>
    private static void WriteValueInfo(CodedOutputStream graph, int field, string name, int columns) => WriteMessage(graph, field, info =>
    {
        WriteText(info, 1, name);
        WriteMessage(info, 2, type => WriteMessage(type, 1, tensorType =>
        {
            WriteInteger(tensorType, 1, Float);
            WriteMessage(tensorType, 2, shape =>
            {
                WriteMessage(shape, 1, dimension => WriteText(dimension, 2, "N"));
                WriteMessage(shape, 1, dimension => WriteInteger(dimension, 1, columns));
            });
        }));
    });

    private static byte[] Message(Action<CodedOutputStream> write)
    {
        using var memory = new MemoryStream();
        using (var output = new CodedOutputStream(memory, leaveOpen: true))
        {
            write(output);
        }
        return memory.ToArray();
    }

    private static void WriteMessage(CodedOutputStream output, int field, Action<CodedOutputStream> write) => WriteBytes(output, field, Message(write));

    private static void WriteInteger(CodedOutputStream output, int field, long value)
    {
        output.WriteTag(field, WireFormat.WireType.Varint);
        output.WriteInt64(value);
    }

    private static void WriteText(CodedOutputStream output, int field, string value)
    {
        output.WriteTag(field, WireFormat.WireType.LengthDelimited);
        output.WriteString(value);
    }

    private static void WriteBytes(CodedOutputStream output, int field, ReadOnlySpan<byte> value)
    {
        output.WriteTag(field, WireFormat.WireType.LengthDelimited);
        output.WriteBytes(ByteString.CopyFrom(value));
    }
}
