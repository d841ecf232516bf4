# Branches, drawn with PathoLearn Lab.
# Change what you like: training uses this cell as it stands.
import lightning as L
import torch
import torch.nn.functional as F
import torchmetrics
from torch import nn

DATASET = "he_tissue"
EPOCHS = 8
BATCH_SIZE = 32


class Branches(L.LightningModule):
    def __init__(self):
        super().__init__()
        self.conv_1 = nn.Conv2d(3, 16, kernel_size=3, padding="same")
        self.conv_2 = nn.Conv2d(16, 16, kernel_size=3, padding="same", bias=False)
        self.norm_1 = nn.BatchNorm2d(16)
        self.conv_3 = nn.Conv2d(16, 8, kernel_size=3, padding="same")
        self.conv_4 = nn.Conv2d(16, 8, kernel_size=5, padding="same")
        self.linear_1 = nn.Linear(1024, 2)
        self.train_metrics = torchmetrics.MetricCollection(
            {
                "accuracy": torchmetrics.Accuracy(task="multiclass", num_classes=2),
            },
            prefix="train_",
        )
        self.valid_metrics = torchmetrics.MetricCollection(
            {
                "accuracy": torchmetrics.Accuracy(task="multiclass", num_classes=2),
                "f1": torchmetrics.F1Score(
                    task="multiclass",
                    num_classes=2,
                    average="macro",
                ),
            },
            prefix="valid_",
        )
        self.test_metrics = torchmetrics.MetricCollection(
            {
                "accuracy": torchmetrics.Accuracy(task="multiclass", num_classes=2),
                "f1": torchmetrics.F1Score(
                    task="multiclass",
                    num_classes=2,
                    average="macro",
                ),
            },
            prefix="test_",
        )

    def forward(self, x):  # 3 × 64 × 64
        x = self.conv_1(x)  # 16 × 64 × 64
        conv_2 = self.conv_2(x)
        conv_2 = self.norm_1(conv_2)
        conv_2 = F.relu(conv_2)
        x = x + conv_2
        conv_3 = self.conv_3(x)  # 8 × 64 × 64
        conv_4 = self.conv_4(x)  # 8 × 64 × 64
        x = torch.cat([conv_3, conv_4], dim=1)  # 16 × 64 × 64
        x = F.avg_pool2d(x, kernel_size=8)  # 16 × 8 × 8
        x = torch.flatten(x, start_dim=1)  # 1024
        x = self.linear_1(x)  # 2
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
        loss = F.cross_entropy(scores, labels, label_smoothing=0.1)
        metrics.update(scores, labels)
        self.log(f"{split}_loss", loss, on_step=False, on_epoch=True, prog_bar=True)
        self.log_dict(metrics, on_step=False, on_epoch=True, prog_bar=True)
        return loss

    def configure_optimizers(self):
        return torch.optim.SGD(self.parameters(), lr=0.05, momentum=0.9)


model = Branches()
