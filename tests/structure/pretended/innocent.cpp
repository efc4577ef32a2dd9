// Has nothing of LLVM, though its own names come near to it.
namespace sporkle {
namespace not_llvm {
int size() { return 0; }
}  // namespace not_llvm
}  // namespace sporkle

int main() { return sporkle::not_llvm::size(); }
