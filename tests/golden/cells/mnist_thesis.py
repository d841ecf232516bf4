# MNIST network, drawn with PathoLearn Lab.
# Change what you like: training uses this cell as it stands.
import lightning as L
import torch
import torch.nn.functional as F
import torchmetrics
from torch import nn

DATASET = "mnist"
EPOCHS = 15
BATCH_SIZE = 128


class MNISTNetwork(L.LightningModule):
    def __init__(self):
        super().__init__()
        self.conv_1 = nn.Conv2d(1, 16, kernel_size=5)
        self.conv_2 = nn.Conv2d(16, 16, kernel_size=5)
        self.linear_1 = nn.Linear(256, 10)
        metrics = torchmetrics.MetricCollection(
            {
                "accuracy": torchmetrics.Accuracy(task="multiclass", num_classes=10),
            }
        )
        self.train_metrics = metrics.clone(prefix="train_")
        self.valid_metrics = metrics.clone(prefix="valid_")
        self.test_metrics = metrics.clone(prefix="test_")

    def forward(self, x):  # 1 × 28 × 28
        x = self.conv_1(x)  # 16 × 24 × 24
        x = F.relu(x)
        x = F.max_pool2d(x, kernel_size=2)  # 16 × 12 × 12
        x = F.relu(x)
        x = self.conv_2(x)  # 16 × 8 × 8
        x = F.max_pool2d(x, kernel_size=2)  # 16 × 4 × 4
        x = torch.flatten(x, start_dim=1)  # 256
        x = self.linear_1(x)  # 10
        return x

    def training_step(self, batch, batch_idx):
        return self._step(batch, "train", self.train_metrics)

    def validation_step(self, batch, batch_idx):
        return self._step(batch, "valid", self.valid_metrics)

    def test_step(self, batch, batch_idx):
        return self._step(batch, "test", self.test_metrics)

    def _step(self, batch, split, metrics):
        images, labels = batch
        scores = self(images)
        loss = F.cross_entropy(scores, labels)
        metrics.update(scores, labels)
        self.log(f"{split}_loss", loss, on_step=False, on_epoch=True, prog_bar=True)
        self.log_dict(metrics, on_step=False, on_epoch=True, prog_bar=True)
        return loss

    def configure_optimizers(self):
        return torch.optim.Adam(self.parameters(), lr=0.001)


model = MNISTNetwork()
