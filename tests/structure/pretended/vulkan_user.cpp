extern "C" int vkEnumerateInstanceVersion(unsigned* version);

int main() {
    unsigned version = 0;
    return vkEnumerateInstanceVersion(&version);
}
